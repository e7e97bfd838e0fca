import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { explain } from './cli/explanation.ts'
import { complainInOneLine } from './cli/mistake.ts'
import { refuseUnknown } from './cli/subcommand.ts'
import { exitCodes } from './exit-code.ts'

const { version, description } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** How the help groups commands. */
const group = {
  packets: 'Packets:',
  connections: 'Connections:',
  rules: 'Rules:',
  trouble: 'When something is wrong:',
  itself: 'About the program:',
}

/** In the order of the help. Loading them all takes longer than most of them run. */
const commands: { readonly [name: string]: readonly [group: string, load: () => Promise<Command>] } = {
  run: [group.packets, async () => (await import('./commands/run.ts')).runCommand()],
  replay: [group.packets, async () => (await import('./commands/replay.ts')).replayCommand()],
  demo: [group.packets, async () => (await import('./commands/demo.ts')).demoCommand()],
  firewall: [group.connections, async () => (await import('./commands/firewall.ts')).firewallCommand()],
  flows: [group.connections, async () => (await import('./commands/flows.ts')).flowsCommand()],
  expectations: [group.connections, async () => (await import('./commands/expectations.ts')).expectationsCommand()],
  timeouts: [group.connections, async () => (await import('./commands/timeouts.ts')).timeoutsCommand()],
  rules: [group.rules, async () => (await import('./commands/rules.ts')).rulesCommand()],
  why: [group.trouble, async () => (await import('./commands/why.ts')).whyCommand()],
  doctor: [group.trouble, async () => (await import('./commands/doctor.ts')).doctorCommand()],
  decode: [group.trouble, async () => (await import('./commands/decode/decode.ts')).decodeCommand()],
  cleanup: [group.trouble, async () => (await import('./commands/cleanup.ts')).cleanupCommand()],
  help: [group.itself, async () => (await import('./commands/help.ts')).helpCommand()],
  completion: [group.itself, async () => (await import('./commands/completion.ts')).completionCommand()],
  manual: [group.itself, async () => (await import('./commands/manual.ts')).manualCommand()],
  schema: [group.itself, async () => (await import('./commands/schema.ts')).schemaCommand()],
}

/** The command line: the whole, or with the commands that have to be known to carry out `words`. */
export async function program(words: readonly string[] = []): Promise<Command> {
  const all = new Command('nfqueue-test').description(description).version(version)
  explain(
    all,
    `Examples:
  nfqueue-test demo                        packets of a capture, on a simulated kernel, without root
  nfqueue-test 0 --rule 'tcp dport 2222'   print and accept these packets, through queue 0
  nfqueue-test 0 --connmark 7 --json       mark connections, one JSON object per packet
  nfqueue-test 0 --handler ./filter.mjs    let a function judge the packets
  nfqueue-test replay traffic.pcap.gz      the same with the packets of a capture
  nfqueue-test firewall --judge ./policy.mjs  let a function judge connections
  nfqueue-test flows -p tcp --dport 443    tracked connections
  nfqueue-test rules                       rules of nf_tables, in nft's language
  nfqueue-test why 'tcp 10.0.0.2:443'      the way of such packets, and what decided
  nfqueue-test doctor 0                    why no packets come`,
  )
  const codes = exitCodes.map(([code, meaning]) => `  ${code}  ${meaning}`).join('\n')
  all.addHelpText('after', `\nExit codes:\n${codes}`)
  const loading = needed(words).map(async (name) => {
    const [group, load] = commands[name]!
    return { name, group, command: await load() }
  })
  for (const { name, group, command } of await Promise.all(loading))
    all.commandsGroup(group).addCommand(command, { isDefault: name === fallback })
  all.hook('preSubcommand', refuseUnknown('a queue is a number', /^[-\d]/))
  helpInOneWay(all)
  complainInOneLine(all)
  return all
}

/** The command that runs when none is named. */
const fallback = 'run'

/** Commands that have to be known to carry out the words: all of them for all of their help, and for a word that is none of theirs. */
function needed([word = '--help', ...more]: readonly string[]): readonly string[] {
  const all = Object.keys(commands)
  if (word === '-V' || word === '--version') return []
  if (/^\d/.test(word)) return more.some((one) => one === '-h' || one === '--help') ? all : [fallback]
  return all.includes(word) && !aboutAll.has(word) ? [word] : all
}

/** Commands that look at the others. */
const aboutAll: ReadonlySet<string> = new Set(['help', 'completion', 'manual'])

/** One command prints the help of all; those of commander's own say nothing of a word that is no command. */
function helpInOneWay(command: Command): void {
  command.helpCommand(false)
  for (const child of command.commands) helpInOneWay(child)
}

/** The words of the command line: `--replay FILE` is another spelling of the command. */
export function spelled(words: readonly string[]): readonly string[] {
  const at = words.indexOf('--replay')
  return at < 0 ? words : ['replay', ...words.slice(0, at), ...words.slice(at + 1)]
}
