import { allCommands, type CommandNode, optionsAt, type Values } from '../cli/command-tree.ts'

/** Completion for zsh, with descriptions. */
export function zshCompletion(program: CommandNode): string {
  const nodes = [...allCommands(program)]
  const paths = nodes.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]))
  return `#compdef nfqueue-test
# zsh completion of nfqueue-test: save it as _nfqueue-test in a directory of $fpath
_nfqueue_test() {
  local current=$words[CURRENT] previous=$words[CURRENT-1] command= i
  local -a candidates
  for ((i = 2; i < CURRENT; i++)); do
    case "\${command:+$command }$words[i]" in
      (${paths.join('|')}) command="\${command:+$command }$words[i]" ;;
    esac
  done
  case "$command $previous" in
${nodes.flatMap(optionCases).join('\n')}
  esac
  case "$command" in
${nodes.map(wordCase).join('\n')}
  esac
}
compdef _nfqueue_test nfqueue-test
`
}

function optionCases(node: CommandNode): string[] {
  return optionsAt(node)
    .filter(({ values }) => values !== 'none')
    .map(({ names, values }) => {
      const patterns = names.map((name) => quoted(`${node.path} ${name}`)).join('|')
      return `    (${patterns}) ${offer(values)}; return ;;`
    })
}

function wordCase(node: CommandNode): string {
  const options = optionsAt(node).flatMap(({ names, description }) => names.map((name) => described(name, description)))
  const children = node.children.map(({ path, description }) => described(path.split(' ').at(-1)!, description))
  const words = children.length > 0 ? describe('command', children) : offer(node.arguments[0]?.values ?? 'none')
  return `    (${quoted(node.path)})
      if [[ $current == -* ]]; then ${describe('option', options)}; else ${words}; fi ;;`
}

const describe = (what: string, candidates: readonly string[]): string =>
  `candidates=(${candidates.join(' ')}); _describe ${what} candidates`

function offer(values: Values): string {
  if (values === 'any' || values === 'none') return ':'
  return values === 'file' ? '_files' : `compadd -- ${values.map(quoted).join(' ')}`
}

const described = (name: string, description: string): string =>
  quoted(`${name.replaceAll(':', '\\:')}:${description.replaceAll(':', '\\:')}`)

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
