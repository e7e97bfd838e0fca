import { record } from '@nfkit/capture'
import { type ConntrackTable, type FlowLookup, openConntrack } from '@nfkit/conntrack'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue, type Queue, QueueError } from '@nfkit/nfqueue'
import { Command } from 'commander'
import { choice, queueNumber, whole } from '../cli/arguments.ts'
import { explain } from '../cli/explanation.ts'
import { ownerOf } from '../doctor/owner.ts'
import { HeldFile } from '../file/held.ts'
import { session } from '../judging/session.ts'
import { installRule } from '../rule/install.ts'
import { hooks, type InstalledRule, type RuleHook } from '../rule/queue-rule.ts'
import { sentenceOf, UserError } from '../terminal/failure.ts'
import { interrupted } from '../terminal/interrupt.ts'
import { note } from '../terminal/note.ts'
import { addJudging, type JudgingOptions, judgingOf } from './judging.ts'

interface RunOptions extends JudgingOptions {
  readonly conntrack: 'prefer' | 'require' | 'off'
  readonly copyRange?: number
  readonly maxLength?: number
  readonly failOpen?: boolean
  readonly gso?: boolean
  readonly uidGid?: boolean
  readonly deadline?: number
  readonly count?: number
  readonly record?: string
  readonly rule?: string
  readonly hook: RuleHook
}

/** `nfqueue-test [run] QUEUE`: a live queue of this machine's kernel. */
export function runCommand(): Command {
  const command = new Command('run')
    .description('print and judge the packets of a live queue (the default command)')
    .argument('<queue>', 'number of the queue, 0 to 65535', queueNumber)
  return explain(
    addJudging(command)
      .option('--record <file>', 'also record all that goes between kernel and program, for replay and Wireshark')
      .option('-n, --count <packets>', 'end after so many packets', whole(1, Number.MAX_SAFE_INTEGER))
      .optionsGroup('Which packets come:')
      .option(
        '--rule <condition>',
        "install a rule that feeds the queue, and remove it at the end: 'tcp dport 2222', or for iptables '-p tcp --dport 2222'",
      )
      .addOption(choice('--hook <hook>', 'where the rule is', hooks, 'input'))
      .optionsGroup('How the queue is opened:')
      .addOption(
        choice('--conntrack <mode>', 'whether to have connections sent along', ['prefer', 'require', 'off'], 'prefer'),
      )
      .option('--copy-range <bytes>', 'bytes of each payload to copy (default: all)', whole(1, 65_531))
      .option('--max-length <packets>', 'packets that may wait for a verdict (default: 2048)', whole(1, 0xffff_ffff))
      .option('--fail-open', 'accept what cannot be queued instead of dropping it')
      .option('--gso', 'take large packets whole instead of in segments')
      .option('--uid-gid', 'show user and group of local senders')
      .option(
        '--deadline <milliseconds>',
        'how long a packet may wait for its verdict (default: 5000)',
        whole(1, 0x7fff_ffff),
      )
      .action(run),
    explanation,
  )
}

async function run(number: number, options: RunOptions): Promise<void> {
  const recording = options.record === undefined ? undefined : new HeldFile(options.record)
  const judging = await judgingOf(options, [], options.record === undefined ? [] : [options.record])
  const interrupt = interrupted()
  const closing = new AbortController()
  await using table = await tableFor(options)
  await using queue = await open(number, options, recording, table?.lookup(), closing.signal)
  const { rule: text, hook } = options
  let rule: InstalledRule | undefined
  const ready = async () => {
    if (text !== undefined && !interrupt.aborted) {
      rule = await installRule({ text, hook, queue: number })
      note(`installed ${rule.text}`)
    }
    recording?.open()
  }
  const end = async () => {
    await rule?.detach().catch((error: unknown) => note(sentenceOf(error)))
    closing.abort()
  }
  if (interrupt.aborted) await end()
  else interrupt.addEventListener('abort', () => void end())
  try {
    await session(queue, { ...judging, count: options.count, counters: judging.quiet, isLive: true, ready })
  } finally {
    await end()
    await queue.close()
    const remains = await rule?.remove()
    if (remains !== undefined) note(`there remains ${remains}`)
  }
}

/** For a connmark on kernels that do not join packets and connections: it is set through the table. A recording holds one socket. */
async function tableFor({ connmark, conntrack, record }: RunOptions): Promise<ConntrackTable | undefined> {
  if (connmark === undefined || conntrack !== 'prefer' || record !== undefined) return undefined
  try {
    return await openConntrack(openMnl())
  } catch {
    // Without permission or ctnetlink the queue says what is missing.
    return undefined
  }
}

async function open(
  number: number,
  options: RunOptions,
  recording: HeldFile | undefined,
  flows: FlowLookup | undefined,
  signal: AbortSignal,
): Promise<Queue> {
  const { conntrack, copyRange, maxLength, failOpen, gso, uidGid, deadline, unjudged } = options
  const settings = { number, conntrack, copyRange, maxLength, failOpen, gso, uidGid, deadlineMilliseconds: deadline }
  try {
    return await openQueue(recording ? record(openMnl(), recording) : openMnl(), {
      ...settings,
      onUnjudged: unjudged,
      flows,
      signal,
    })
  } catch (error) {
    if (!(error instanceof QueueError)) throw error
    if (error.reason === 'owned') throw new UserError(`${error.message}${ownerOf(number)}`)
    throw error.reason === 'conntrack' ? new UserError(noConnections) : error
  }
}

const noConnections =
  'this kernel does not send connections with packets: modprobe nf_conntrack_netlink, or, where it is built without NETFILTER_NETLINK_GLUE_CT, say --conntrack prefer or off'

const explanation = `--rule opens the queue before it lets packets in, and lets no more in before it closes the queue. In the words of nft it makes a table of
its own, without nft, which the kernel takes away however the program ends. With that go packets that wait in other queues; so at a normal
end the table is emptied, and a process holds it until no queue of the network namespace has packets. In the words of iptables, or where the kernel
has no such tables (before Linux 5.12), it adds a chain of its own to iptables and ip6tables: after SIGKILL that remains, and
nfqueue-test cleanup removes it. Both let packets pass when no program reads the queue.

Examples:
  nfqueue-test 0 --rule 'tcp dport 2222' --verdict drop
  nfqueue-test 0 --rule 'udp dport 53' --hook output --handler ./filter.mjs --write dns.pcapng`
