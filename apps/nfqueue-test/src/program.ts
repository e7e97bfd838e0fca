import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { explain } from './cli/explanation.ts'
import { complainInOneLine } from './cli/mistake.ts'
import { refuseUnknown } from './cli/subcommand.ts'
import { cleanupCommand } from './commands/cleanup.ts'
import { completionCommand } from './commands/completion.ts'
import { decodeCommand } from './commands/decode/decode.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { expectationsCommand } from './commands/expectations.ts'
import { firewallCommand } from './commands/firewall.ts'
import { flowsCommand } from './commands/flows.ts'
import { helpCommand } from './commands/help.ts'
import { manualCommand } from './commands/manual.ts'
import { replayCommand } from './commands/replay.ts'
import { rulesCommand } from './commands/rules.ts'
import { runCommand } from './commands/run.ts'
import { schemaCommand } from './commands/schema.ts'
import { timeoutsCommand } from './commands/timeouts.ts'
import { whyCommand } from './commands/why.ts'
import { exitCodes } from './exit-code.ts'

const { version, description } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const groups: { readonly [heading: string]: readonly (() => Command)[] } = {
  'Packets:': [runCommand, replayCommand, demoCommand],
  'Connections:': [firewallCommand, flowsCommand, expectationsCommand, timeoutsCommand],
  'Rules:': [rulesCommand],
  'When something is wrong:': [whyCommand, doctorCommand, decodeCommand, cleanupCommand],
  'About the program:': [helpCommand, completionCommand, manualCommand, schemaCommand],
}

/** The whole command line. */
export function program(): Command {
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
  for (const [group, commands] of Object.entries(groups)) {
    all.commandsGroup(group)
    for (const command of commands) all.addCommand(command(), { isDefault: command === runCommand })
  }
  all.hook('preSubcommand', refuseUnknown('a queue is a number', /^[-\d]/))
  helpInOneWay(all)
  complainInOneLine(all)
  return all
}

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
