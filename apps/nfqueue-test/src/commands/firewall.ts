import { type Firewall, type FirewallHook, type FirewallOptions, MarkClashError, openFirewall } from '@nfkit/firewall'
import { legacyRules } from '@nfkit/firewall/linux'
import { openMnl } from '@nfkit/mnl-native'
import { QueueError } from '@nfkit/nfqueue'
import { Command, Option } from 'commander'
import { choice, mark, queueNumber, whole } from '../cli/arguments.ts'
import { explain } from '../cli/explanation.ts'
import { jsonOption } from '../cli/json-option.ts'
import { ownerOf } from '../doctor/owner.ts'
import { JudgeFile } from '../firewall/judge-file.ts'
import { firewallSession } from '../firewall/session.ts'
import { UserError } from '../terminal/failure.ts'
import { interrupted } from '../terminal/interrupt.ts'
import { note } from '../terminal/note.ts'
import { counted } from '../text/count.ts'
import { markText } from '../text/unit.ts'

interface FirewallArguments {
  readonly judge: string
  readonly name: string
  readonly hook: readonly FirewallHook[]
  readonly rule?: readonly string[]
  readonly loopback?: boolean
  readonly absent: 'accept' | 'drop'
  readonly unjudged?: 'accept' | 'drop'
  readonly deadline?: number
  readonly confirm?: number
  readonly queue: number
  readonly mask?: number
  readonly sharedMarks?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

const outcomes = ['accept', 'drop'] as const

/** `nfqueue-test firewall --judge FILE`: judge connections, and have the kernel do the rest. */
export function firewallCommand(): Command {
  const command = new Command('firewall')
    .description(
      'judge connections with a function, and have the kernel do the rest; it needs CAP_NET_ADMIN and Linux 5.12',
    )
    .requiredOption(
      '--judge <file>',
      "JavaScript module whose default function judges each connection: export default (connection) => 'accept'",
    )
    .option('--name <name>', 'of the firewall and its table', 'nfqueue-test')
    .optionsGroup('Which connections are judged:')
    .addOption(
      new Option('--hook <hook...>', 'where they are met: those to this host, from it, through it')
        .choices(['input', 'output', 'forward'])
        .default(['output']),
    )
    .option('--rule <condition...>', "those that any of these meets, in nft's language: 'tcp dport 443' (default: all)")
    .option('--loopback', 'those of this host with itself, too')
    .optionsGroup('What becomes of what is not judged:')
    .addOption(
      choice(
        '--absent <verdict>',
        'while this program does not run: accept has the rules go with it',
        outcomes,
        'accept',
      ),
    )
    .addOption(
      new Option('--unjudged <verdict>', 'when the judge fails, or is too slow (default: as --absent)').choices(
        outcomes,
      ),
    )
    .option('--deadline <milliseconds>', 'how long packets wait for the judge (default: 5000)', whole(1, 0x7fff_ffff))
    .option(
      '--confirm <seconds>',
      'take everything back after so many seconds, unless confirmed: for machines that are far away',
      whole(1, 86_400),
    )
    .optionsGroup('What it uses:')
    .option('--queue <number>', 'number of the queue', queueNumber, 0)
    .option('--mask <bits>', 'bits of marks, three at least, that no other program uses (default: 0xff000000)', mark)
    .option('--shared-marks', 'begin although rules of others use these bits')
    .optionsGroup('What is told of them:')
    .addOption(jsonOption('firewall', 'one JSON object per event, and one for the summary'))
    .option('-q, --quiet', 'only the summary')
    .action(run)
  return explain(command, explanation)
}

async function run(options: FirewallArguments): Promise<void> {
  const { json = false, quiet = false, confirm } = options
  const file = await JudgeFile.load(options.judge)
  const signal = interrupted()
  const firewall = await open(options, file, signal)
  const { clashes, unchecked } = firewall.markCheck
  for (const { where, rule } of clashes) note(`bits of the mask are used in ${where}, too: ${rule}`)
  for (const text of unchecked) note(`not looked at: ${text}`)
  try {
    if (confirm !== undefined) await keepSession(firewall, options)
    await firewallSession(firewall, { file, json, quiet, confirm })
  } finally {
    await firewall.close()
  }
}

async function open(options: FirewallArguments, file: JudgeFile, signal: AbortSignal): Promise<Firewall> {
  const { name, hook, rule, loopback, absent, unjudged, deadline, confirm, queue, mask, sharedMarks } = options
  const settings: FirewallOptions = {
    transport: openMnl,
    name,
    hooks: hook,
    match: rule,
    judge: file.judge,
    absent,
    onUnjudged: unjudged,
    deadlineMilliseconds: deadline,
    queue,
    mask,
    onMarkClash: sharedMarks ? 'accept' : 'refuse',
    legacyRules,
    loopback: loopback ? 'judge' : 'accept',
    confirmWithinSeconds: confirm,
    signal,
  }
  try {
    return await openFirewall(settings)
  } catch (error) {
    if (error instanceof QueueError && error.reason === 'owned')
      throw new UserError(`${error.message}${ownerOf(queue)}`)
    if (error instanceof MarkClashError) throw new UserError(clashText(error))
    throw error
  }
}

const clashText = ({ mask, clashes }: MarkClashError): string =>
  `others use bits of the mask ${markText(mask)}; choose other bits with --mask, or say --shared-marks: ${clashes.map(({ where, rule }) => `${where}: "${rule}"`).join('; ')}`

/** The session this was started in goes on while the policy is tried, whatever the policy says. */
async function keepSession(firewall: Firewall, { hook, confirm }: FirewallArguments): Promise<void> {
  const [address] = (process.env['SSH_CONNECTION'] ?? '').split(' ')
  if (!address || !hook.includes('input')) return
  await firewall.allow(address, { seconds: confirm! })
  note(`what comes from ${address}, where this session is from, passes for ${counted(confirm!, 'second')}`)
}

const explanation = `The judge is asked once about each connection, and says 'accept', 'drop' or 'reject', or a promise of that. What it is given: connection.direction,
source, destination, owner(), hello(), and more in the documentation of @nfkit/firewall. With --absent accept the kernel takes all rules back however the
program ends, a kill -9 included; with --absent drop they stay, and what is new is dropped until the next start with that name.

Keys of the live view: r reads the file anew and has every connection judged again; c confirms; q ends. In a pipe, or from another session, the signal SIGUSR2
does that: it confirms while that is due, and else reads the file anew. What is not confirmed is taken back, with exit code 1.

Examples:
  nfqueue-test firewall --judge ./policy.mjs --rule 'tcp dport { 80, 443 }' 'udp dport 443'
  nfqueue-test firewall --judge ./policy.mjs --hook input forward --absent drop --confirm 60
  nfqueue-test firewall --judge ./policy.mjs --json >> firewall.ndjson`
