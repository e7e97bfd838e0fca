import { openMnl } from '@nfkit/mnl-native'
import type { Transport } from '@nfkit/netlink-transport'
import { openQueue, QueueError } from '@nfkit/nfqueue'
import { FileSink, record } from '@nfkit/simulator'
import { Command } from 'commander'
import { choice, queueNumber, whole } from '../arguments.ts'
import { UserError } from '../failure.ts'
import { interrupted } from '../interrupt.ts'
import { note } from '../note.ts'
import { ownerOf } from '../owner.ts'
import { session } from '../session.ts'
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
}

/** `nfqueue-test [run] QUEUE`: a live queue of this machine's kernel. */
export function runCommand(): Command {
  const command = new Command('run')
    .description('print and judge the packets of a live queue (the default command)')
    .argument('<queue>', 'number of the queue, 0 to 65535', queueNumber)
  return addJudging(command)
    .option('--record <file>', 'also record all that goes between kernel and program, for replay and Wireshark')
    .option('-n, --count <packets>', 'end after so many packets', whole(1, Number.MAX_SAFE_INTEGER))
    .optionsGroup('How the queue is opened:')
    .addOption(
      choice('--conntrack <mode>', 'whether to have connections sent along', ['prefer', 'require', 'off'], 'prefer'),
    )
    .option('--copy-range <bytes>', 'bytes of each payload to copy', whole(1, 65_531))
    .option('--max-length <packets>', 'packets that may wait for a verdict', whole(1, 0xffff_ffff))
    .option('--fail-open', 'accept what cannot be queued instead of dropping it')
    .option('--gso', 'take large packets whole instead of in segments')
    .option('--uid-gid', 'show user and group of local senders')
    .option('--deadline <milliseconds>', 'how long a packet may wait for its verdict', whole(1, 0x7fff_ffff))
    .action(run)
}

async function run(number: number, options: RunOptions): Promise<void> {
  const judging = await judgingOf(options)
  const queue = await open(number, options)
  await session(queue, { ...judging, count: options.count })
}

async function open(number: number, options: RunOptions) {
  const { conntrack, copyRange, maxLength, failOpen, gso, uidGid, deadline, unjudged } = options
  const settings = { number, conntrack, copyRange, maxLength, failOpen, gso, uidGid, deadlineMilliseconds: deadline }
  try {
    return await openQueue(transport(options), { ...settings, onUnjudged: unjudged, signal: interrupted() })
  } catch (error) {
    if (error instanceof QueueError && error.reason === 'owned')
      throw new UserError(`${error.message}${ownerOf(number)}`)
    throw error
  }
}

function transport({ record: file }: RunOptions): Transport {
  if (file === undefined) return openMnl()
  const sink = new FileSink(file)
  return record(openMnl(), sink, { onError: (error) => note(`the recording ends: ${String(error)}`) })
}
