import { allCommands, type CommandNode, type OptionNode, optionsAt, type Values } from '../cli/command-tree.ts'

/** Completion for fish, with descriptions. */
export function fishCompletion(program: CommandNode): string {
  const lines = [...allCommands(program)].flatMap(linesOf)
  return `# fish completion of nfqueue-test: save it as ~/.config/fish/completions/nfqueue-test.fish
complete -c nfqueue-test -f
${lines.join('\n')}
`
}

function linesOf(node: CommandNode): string[] {
  const at = `complete -c nfqueue-test -n ${quoted(condition(node))}`
  return [
    ...node.children.map(({ path, description }) => `${at} -a ${path.split(' ').at(-1)} -d ${quoted(description)}`),
    ...optionsAt(node).map((option) => `${at} ${optionWords(option)} -d ${quoted(option.description)}`),
    ...(node.arguments.some(({ values }) => values === 'file') ? [`${at} -F`] : []),
  ]
}

/** Whether the words so far name this command, and none below it. */
function condition({ path, children }: CommandNode): string {
  const seen = path.split(' ').filter(Boolean)
  const below = children.map((child) => child.path.split(' ').at(-1))
  return [
    ...seen.map((word) => `__fish_seen_subcommand_from ${word}`),
    ...(below.length > 0 ? [`not __fish_seen_subcommand_from ${below.join(' ')}`] : []),
  ].join('; and ')
}

function optionWords({ names, values }: OptionNode): string {
  return [
    ...names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)),
    taken(values),
  ]
    .join(' ')
    .trim()
}

function taken(values: Values): string {
  if (values === 'none') return ''
  if (values === 'file') return '-r -F'
  return values === 'any' ? '-x' : `-x -a ${quoted(values.join(' '))}`
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
