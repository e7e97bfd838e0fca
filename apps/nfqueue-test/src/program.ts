import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { explain } from './cli/explanation.ts'
import { complainInOneLine } from './cli/mistake.ts'
import { refuseUnknown } from './cli/subcommand.ts'
import { exitCodes } from './exit-code.ts'

const { version, description } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** Each by its name. Loading them all takes longer than most of them run. */
const groups: { readonly [heading: string]: { readonly [name: string]: () => Promise<Command> } } = {
  'Packets:': {
    run: async () => (await import('./commands/run.ts')).runCommand(),
    replay: async () => (await import('./commands/replay.ts')).replayCommand(),
    demo: async () => (await import('./commands/demo.ts')).demoCommand(),
  },
  'Connections:': {
    firewall: async () => (await import('./commands/firewall.ts')).firewallCommand(),
    flows: async () => (await import('./commands/flows.ts')).flowsCommand(),
    expectations: async () => (await import('./commands/expectations.ts')).expectationsCommand(),
    timeouts: async () => (await import('./commands/timeouts.ts')).timeoutsCommand(),
  },
  'Rules:': {
    rules: async () => (await import('./commands/rules.ts')).rulesCommand(),
  },
  'When something is wrong:': {
    why: async () => (await import('./commands/why.ts')).whyCommand(),
    doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
    decode: async () => (await import('./commands/decode/decode.ts')).decodeCommand(),
    cleanup: async () => (await import('./commands/cleanup.ts')).cleanupCommand(),
  },
  'About the program:': {
    help: async () => (await import('./commands/help.ts')).helpCommand(),
    completion: async () => (await import('./commands/completion.ts')).completionCommand(),
    manual: async () => (await import('./commands/manual.ts')).manualCommand(),
    schema: async () => (await import('./commands/schema.ts')).schemaCommand(),
  },
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
  const names = needed(words)
  for (const [group, commands] of Object.entries(groups)) {
    all.commandsGroup(group)
    const loaders = Object.entries(commands).filter(([name]) => names.includes(name))
    for (const command of await Promise.all(loaders.map(([, load]) => load())))
      all.addCommand(command, { isDefault: command.name() === fallback })
  }
  all.hook('preSubcommand', refuseUnknown('a queue is a number', /^[-\d]/))
  helpInOneWay(all)
  complainInOneLine(all)
  return all
}

/** The command that runs when none is named. */
const fallback = 'run'

/** Commands that have to be known to carry out the words: all of them for all of their help, and for a word that is none of theirs. */
function needed([word = '--help', ...more]: readonly string[]): readonly string[] {
  const all = Object.values(groups).flatMap(Object.keys)
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
