import { exitCodes } from '../exit-code.ts'
import { allCommands, type CommandNode, type OptionNode } from './command-tree.ts'

/** The manual page, in the language of man(7). */
export function manual(program: CommandNode, version: string): string {
  const commands = [...allCommands(program)].filter(({ path }) => path !== '')
  return `${[
    `.\\" Made from the command line's own help by "nfqueue-test manual".`,
    `.TH NFQUEUE\\-TEST 1 "" ${quoted(`nfqueue-test ${version}`)} "User Commands"`,
    '.SH NAME',
    'nfqueue\\-test \\- see, judge and record the packets of an NFQUEUE, and watch tracked connections',
    '.SH SYNOPSIS',
    ...program.children.flatMap(({ usage }) => ['.br', `.B nfqueue\\-test ${roff(usage)}`]),
    '.SH DESCRIPTION',
    roff(program.description),
    '.SH OPTIONS',
    ...program.options.flatMap((option) => tagged(option.flags, optionText(option))),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH EXAMPLES',
    ...textLines(program.explanation ?? ''),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(([code, meaning]) => tagged(String(code), meaning)),
    '.SH ENVIRONMENT',
    ...tagged('NO_COLOR', 'When set, nothing is coloured. Neither is what goes into a pipe or file.'),
    ...tagged('NFKIT_DEBUG', 'When set, errors come with where they happened.'),
    '.SH SEE ALSO',
    '.BR iptables (8), .BR nft (8), .BR conntrack (8), .BR pcap\\-filter (7), .BR tcpdump (8)'.replaceAll(
      ', .BR ',
      ',\n.BR ',
    ),
  ].join('\n')}\n`
}

function commandLines(node: CommandNode): string[] {
  const { usage, description, options, explanation } = node
  const groups = new Map<string, OptionNode[]>()
  for (const option of options) groups.set(option.group, [...(groups.get(option.group) ?? []), option])
  return [
    `.SS nfqueue\\-test ${roff(usage)}`,
    `${roff(sentence(description))}`,
    ...node.arguments.flatMap(({ name, description }) => tagged(`<${name}>`, description)),
    ...Array.from(groups).flatMap(([group, members]) => [
      ...(group === 'Options:' ? [] : ['.PP', `.I ${roff(group)}`]),
      ...members.flatMap((option) => tagged(option.flags, optionText(option))),
    ]),
    ...(explanation === undefined ? [] : ['.PP', ...textLines(explanation)]),
  ]
}

function optionText({ description, values, fallback }: OptionNode): string {
  const isSaid = typeof values === 'string' || description.includes(values[0]!)
  const choices = isSaid ? '' : ` One of: ${values.join(', ')}.`
  const unless = fallback === undefined ? '' : ` Default: ${String(fallback)}.`
  return `${sentence(description)}${choices}${unless}`
}

/** Paragraphs; lines with two spaces in front stay as they are. */
function textLines(text: string): string[] {
  let isExample = false
  const lines = text.split('\n').flatMap((line) => {
    const wasExample = isExample
    isExample = line.startsWith('  ')
    const change = isExample === wasExample ? [] : [isExample ? '.nf' : '.fi']
    return [...change, line === '' ? '.PP' : roff(isExample ? line : line.trimEnd())]
  })
  return isExample ? [...lines, '.fi'] : lines
}

const tagged = (tag: string, text: string): string[] => ['.TP', `.B ${roff(tag)}`, roff(sentence(text))]

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

/** Text that means itself: no control lines, hyphens that can be copied, and characters every troff can read. */
const roff = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/[^\n -~]/gu, (sign) => `\\[u${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`)
    .replace(/^([.'])/, '\\&$1')

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
