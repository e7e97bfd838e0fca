import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { cleanupCommand } from './commands/cleanup.ts'
import { decodeCommand } from './commands/decode.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { flowsCommand } from './commands/flows.ts'
import { replayCommand } from './commands/replay.ts'
import { runCommand } from './commands/run.ts'
import { exitCodes } from './exit-code.ts'

const { version, description } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const commands = [flowsCommand, replayCommand, decodeCommand, doctorCommand, cleanupCommand, demoCommand]

/** The whole command line. */
export function program(): Command {
  const all = new Command('nfqueue-test')
    .description(description)
    .version(version)
    .showHelpAfterError('(nfqueue-test --help shows what there is)')
    .addHelpText(
      'after',
      `
Examples:
  nfqueue-test demo                        packets of a capture, on a simulated kernel, without root
  iptables -I INPUT -p tcp --dport 2222 -j NFQUEUE --queue-num 0
  nfqueue-test 0                           print and accept what queue 0 gets
  nfqueue-test flows -p tcp --dport 443    tracked connections
  nfqueue-test doctor 0                    why no packets come
  nfqueue-test 0 --connmark 7 --json       mark connections, one JSON object per packet
  nfqueue-test 0 --handler ./filter.mjs    let a function judge them

Exit codes:
${exitCodes.map(([code, meaning]) => `  ${code}  ${meaning}`).join('\n')}`,
    )
  all.addCommand(runCommand(), { isDefault: true })
  for (const command of commands) all.addCommand(command())
  inheritSettings(all)
  return all
}

function inheritSettings(command: Command): void {
  for (const child of command.commands) inheritSettings(child.copyInheritedSettings(command))
}

/** The words of the command line: `--replay FILE` is another spelling of the command. */
export function spelled(words: readonly string[]): readonly string[] {
  const at = words.indexOf('--replay')
  return at < 0 ? words : ['replay', ...words.slice(0, at), ...words.slice(at + 1)]
}
