import { Command } from 'commander'
import { choice } from '../cli/arguments.ts'
import { explain } from '../cli/explanation.ts'
import { exitCode } from '../exit-code.ts'
import { CaptureInput } from '../replay/input.ts'
import type { Replayed } from '../replay/packets.ts'
import { withProgress } from '../replay/progress.ts'
import { replayRecording } from '../replay/recording.ts'
import { UserError } from '../terminal/failure.ts'
import { interrupted } from '../terminal/interrupt.ts'
import { note } from '../terminal/note.ts'
import { outputGone } from '../terminal/stdout.ts'
import { addJudging, type JudgingOptions, judgingOf } from './judging.ts'

interface ReplayOptions extends JudgingOptions {
  readonly timing: 'compressed' | 'original'
  readonly cut: 'skip' | 'fill'
  readonly conntrack: boolean
}

/** `nfqueue-test replay FILE`: a capture or a recording, judged without a kernel. */
export function replayCommand(): Command {
  const command = new Command('replay')
    .description('judge the packets of a capture, or of a recording made with --record, without root')
    .argument(
      '<file>',
      'pcap or pcapng, gzip is fine, - is standard input: Ethernet, raw IP, Linux cooked, loopback, PPP, NFLOG, or netlink (nlmon, --record)',
    )
  return explain(
    addJudging(command)
      .addOption(choice('--timing <mode>', 'pauses between packets', ['compressed', 'original'], 'compressed'))
      .addOption(
        choice('--cut <what>', 'packets the capture has cut: skip, or fill up with zeros', ['skip', 'fill'], 'skip'),
      )
      .option('--no-conntrack', 'track no connections: packets come without them, and faster')
      .action(replay),
    explanation,
  )
}

async function replay(file: string, { timing, cut, conntrack, ...options }: ReplayOptions): Promise<void> {
  const judging = await judgingOf(options, [file])
  const signal = AbortSignal.any([interrupted(), outputGone])
  using input = new CaptureInput(file, { signal })
  const capture = judging.quiet || !process.stdout.isTTY ? withProgress(input) : input
  const how = { timing, cut, unjudged: options.unjudged, signal }
  try {
    if ((await input.kind()) === 'netlink') {
      // Without a handler nothing is done later than at once.
      const patienceMilliseconds = options.handler ? undefined : 250
      const isSame = await replayRecording(input, capture, judging, { ...how, patienceMilliseconds })
      input.tellCut(true)
      if (!isSame) process.exitCode = exitCode.different
    } else {
      // The simulated kernel is loaded by those who need it.
      const { replayCapture } = await import('../replay/packets.ts')
      const replayed = await replayCapture(capture, judging, { ...how, tracks: conntrack })
      tell(input, replayed, signal.aborted)
    }
  } catch (error) {
    if (!(signal.aborted && error === signal.reason)) throw error
  }
}

/** What was left out of the capture, as far as it was read. Throws `UserError` when that is all of it. */
function tell(input: CaptureInput, { packets, leftOut }: Replayed, isEarly: boolean): void {
  if (!isEarly) input.tellCut(packets > 0)
  const { total, subject, reasons } = leftOut
  if (total > 0 && packets === 0 && !isEarly)
    throw new UserError(`${input.name} has no packet that can be judged: ${reasons}`)
  if (total > 0) note(`${subject} left out: ${reasons}`)
}

const explanation = `Packets of an ordinary capture are queued by a simulated kernel that tracks their connections. Of a netlink capture the
kernel's own side is played, and what is decided now is compared with what was decided then: exit code 2 when it differs. What a
capture that was cut still holds is used, and the cut is told. Checksums that the capturing machine left to its network card are
completed before a packet is judged, as a kernel would.
The same: nfqueue-test --replay FILE

Examples:
  nfqueue-test replay traffic.pcap.gz --match 'udp port 53' --json
  tcpdump -w - | nfqueue-test replay -
  nfqueue-test 0 --record session.pcapng, and later: nfqueue-test replay session.pcapng --handler ./filter.mjs`
