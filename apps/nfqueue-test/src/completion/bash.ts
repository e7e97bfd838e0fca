import { allCommands, type CommandNode, optionsAt, type Values } from '../cli/command-tree.ts'

/** Completion for bash 4 or newer. */
export function bashCompletion(program: CommandNode): string {
  const nodes = [...allCommands(program)]
  const paths = nodes.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]))
  return `# bash completion of nfqueue-test: source it, or put it into /usr/share/bash-completion/completions/nfqueue-test
_nfqueue_test() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${path:+$path }\${COMP_WORDS[i]}" in
      ${paths.join(' | ')}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$path $previous" in
${nodes.flatMap(optionCases).join('\n')}
  esac
  case "$path" in
${nodes.map(wordCase).join('\n')}
  esac
}
complete -F _nfqueue_test nfqueue-test
`
}

function optionCases(node: CommandNode): string[] {
  return optionsAt(node)
    .filter(({ values }) => values !== 'none')
    .map(({ names, values }) => {
      const patterns = names.map((name) => quoted(`${node.path} ${name}`)).join(' | ')
      return `    ${patterns}) ${reply(values)}return ;;`
    })
}

function wordCase(node: CommandNode): string {
  const options = optionsAt(node).flatMap(({ names }) => names)
  const children = node.children.map(({ path }) => path.split(' ').at(-1)!)
  const { values } = node.arguments[0] ?? { values: children }
  return `    ${quoted(node.path)})
      if [[ $current == -* ]]; then ${reply(options)}else ${reply(node.children.length > 0 ? children : values)}: ; fi ;;`
}

function reply(values: Values): string {
  if (values === 'any' || values === 'none') return ''
  if (values === 'file') return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); '
  return `mapfile -t COMPREPLY < <(compgen -W ${quoted(values.join(' '))} -- "$current"); `
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
