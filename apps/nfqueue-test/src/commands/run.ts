import { openMnl } from '@nfkit/mnl-native'
import { openQueue, QueueError, type Verdict } from '@nfkit/nfqueue'
import { Command } from 'commander'
import { choice, connmark, mark, queueNumber, verdict, whole } from '../arguments.ts'
import { UserError } from '../failure.ts'
import { interrupted } from '../interrupt.ts'
import { ownerOf } from '../owner.ts'
import { session } from '../session.ts'

interface RunOptions {
  readonly verdict: Verdict
  readonly mark?: number
  readonly connmark?: number | 'count'
  readonly conntrack: 'prefer' | 'require' | 'off'
  readonly copyRange?: number
  readonly maxLength?: number
  readonly failOpen?: boolean
  readonly gso?: boolean
  readonly uidGid?: boolean
  readonly deadline?: number
  readonly count?: number
  readonly json?: boolean
  readonly quiet?: boolean
}

/** `nfqueue-test [run] QUEUE`: a live queue of this machine's kernel. */
export function runCommand(): Command {
  return new Command('run')
    .description('print and judge the packets of a live queue (the default command)')
    .argument('<queue>', 'number of the queue, 0 to 65535', queueNumber)
    .option('--verdict <verdict>', 'accept, drop, repeat, stop or queue:N', verdict, 'accept')
    .option('--mark <number>', 'packet mark to set', mark)
    .option('--connmark <number|count>', 'mark to set on the connection; count: the number of the packet', connmark)
    .addOption(
      choice('--conntrack <mode>', 'whether to have connections sent along', ['prefer', 'require', 'off'], 'prefer'),
    )
    .option('--copy-range <bytes>', 'bytes of each payload to copy', whole(1, 65_531))
    .option('--max-length <packets>', 'packets that may wait for a verdict', whole(1, 0xffff_ffff))
    .option('--fail-open', 'accept what cannot be queued instead of dropping it')
    .option('--gso', 'take large packets whole instead of in segments')
    .option('--uid-gid', 'show user and group of local senders')
    .option('--deadline <milliseconds>', 'how long a packet may wait for its verdict', whole(1, 0x7fff_ffff))
    .option('-n, --count <packets>', 'end after so many packets', whole(1, Number.MAX_SAFE_INTEGER))
    .option('--json', 'one JSON object per packet, and one for the summary')
    .option('-q, --quiet', 'only the summary')
    .action(run)
}

async function run(number: number, options: RunOptions): Promise<void> {
  const { verdict, mark, connmark, deadline, json = false, quiet = false, count } = options
  const queue = await open(number, options, deadline)
  await session(queue, { policy: { verdict, mark, connmark }, json, quiet, count })
}

async function open(number: number, options: RunOptions, deadlineMilliseconds: number | undefined) {
  const { conntrack, copyRange, maxLength, failOpen, gso, uidGid } = options
  try {
    return await openQueue(openMnl(), {
      number,
      conntrack,
      copyRange,
      maxLength,
      failOpen,
      gso,
      uidGid,
      deadlineMilliseconds,
      onUnjudged: 'accept',
      signal: interrupted(),
    })
  } catch (error) {
    if (error instanceof QueueError && error.reason === 'owned')
      throw new UserError(`${error.message}${ownerOf(number)}`)
    throw error
  }
}
