import { Command, Option } from 'commander'
import { mark } from '../../cli/arguments.ts'
import { explain } from '../../cli/explanation.ts'
import { jsonOption } from '../../cli/json-option.ts'
import { exitCode } from '../../exit-code.ts'
import { nameOf, readText } from '../../file/text.ts'
import { type Arrival, type Case, type CheckedVerdict, hooks, parseCases, verdicts } from '../../rules/check/case.ts'
import { isRight, reportJson, reportText } from '../../rules/check/report.ts'
import type { RuleFile } from '../../rules/check/run.ts'
import { UserError } from '../../terminal/failure.ts'
import { print } from '../../terminal/print.ts'
import { counted } from '../../text/count.ts'
import { jsonLine } from '../../text/json.ts'

interface CheckOptions extends Arrival {
  readonly packet?: readonly string[]
  readonly packets?: readonly string[]
  readonly expect?: CheckedVerdict
  readonly interface?: ReadonlyMap<string, readonly string[]>
  readonly json?: boolean
}

const collected = (word: string, list: readonly string[] = []): readonly string[] => [...list, word]

function interfaceOf(
  text: string,
  known: ReadonlyMap<string, readonly string[]> = new Map(),
): Map<string, readonly string[]> {
  const [name = '', addresses = ''] = text.split('=', 2)
  return new Map(known).set(name, addresses === '' ? [] : addresses.split(','))
}

/** `nfqueue-test rules check FILE…`: what rules do with packets, on a simulated kernel. */
export function checkCommand(): Command {
  const command = new Command('check')
    .description('what rules do with packets, without root: a test of rules, with an exit code')
    .argument('<file...>', 'what "nft -j list ruleset" printed, - is standard input')
    .option('--packet <line>', 'a packet on one line, as often as needed', collected)
    .option('--packets <file>', 'packets and what is to become of them, one a line', collected)
    .addOption(new Option('--hook <hook>', 'where the packets pass').choices(hooks).default('input'))
    .option('--in <interface>', 'where they come in (default: eth0)')
    .option('--out <interface>', 'where they leave (default: eth0; what is forwarded, lo)')
    .option('--mark <number>', 'their mark', mark)
    .addOption(new Option('--expect <verdict>', 'what is to become of them').choices(verdicts))
    .option(
      '--interface <name=addresses>',
      'an interface of the machine, and its addresses between commas',
      interfaceOf,
    )
    .addOption(jsonOption('checked-packets', 'one JSON object per packet, and one for the summary'))
    .action(checkRules)
  return explain(command, explanation)
}

async function checkRules(files: readonly string[], options: CheckOptions): Promise<void> {
  const { hook, in: indev, out, mark, expect: expected, json } = options
  const usual = { in: indev, out, mark }
  const cases: readonly Case[] = [
    ...(options.packet ?? []).map((packet) => ({ ...usual, hook, packet, expected })),
    ...(await casesOf(options.packets ?? [], usual)),
  ]
  if (cases.length === 0)
    throw new UserError('no packet is given: --packet says one, and --packets names a file of them')
  // The simulated kernel is loaded by those who need it.
  const { check } = await import('../../rules/check/run.ts')
  let wrong = 0
  for await (const checked of check(await rulesOf(files), cases, options.interface ?? new Map())) {
    if (!isRight(checked)) wrong++
    await print(json ? jsonLine(reportJson(checked)) : reportText(checked))
  }
  const isTest = cases.some((one) => one.expected !== undefined)
  if (json) await print(jsonLine({ summary: { packets: cases.length, wrong } }))
  else if (isTest)
    await print(`${counted(cases.length, 'packet')}; ${wrong === 0 ? 'all' : `${wrong} not`} as expected\n`)
  if (wrong > 0) process.exitCode = exitCode.different
}

/** One file after another: no two may be standard input. */
async function rulesOf(files: readonly string[]): Promise<readonly RuleFile[]> {
  const rules: RuleFile[] = []
  for (const file of files) rules.push({ name: nameOf(file), text: await readText(file) })
  return rules
}

async function casesOf(files: readonly string[], usual: Omit<Arrival, 'hook'>): Promise<readonly Case[]> {
  const cases: Case[] = []
  for (const file of files) cases.push(...parseCases(await readText(file), nameOf(file), usual))
  return cases
}

const explanation = `The rules judge the packets, one after another, on a simulated kernel that tracks their connections: what came before counts. A packet is
its protocol, its addresses and words: tcp 10.0.0.1:4000 > 10.0.0.2:22 syn, or icmp 10.0.0.1 > 10.0.0.2 echo-request ttl 3. Printed are the
verdict and every rule that matched; the last one decided. In a file of packets a line is the verdict that is expected (accept, drop,
reject or queue), the hook, then in, out and mark if they matter, then the packet; # begins a comment. Exit code 2 when a verdict is another.
Rules that iptables made are not in nft's JSON: read those with @nfkit/nftables.

Examples:
  nft -j list ruleset | nfqueue-test rules check - --packet 'tcp 192.0.2.1:4000 > 10.0.0.2:22 syn'
  nfqueue-test rules check rules.json --packets packets.txt
  nfqueue-test rules check rules.json --hook forward --in eth0 --out eth1 --packet 'udp 192.0.2.1:53 > 10.0.0.2:53' --expect drop`
