import { captureKind, readCapture } from '@nfkit/capture'
import { captureFile } from '@nfkit/capture/file'
import { Command } from 'commander'
import { choice } from '../arguments.ts'
import { exitCode } from '../exit-code.ts'
import { explain } from '../explanation.ts'
import { interrupted } from '../interrupt.ts'
import { withProgress } from '../replay/progress.ts'
import { replayRecording } from '../replay/recording.ts'
import { addJudging, type JudgingOptions, judgingOf } from './judging.ts'

interface ReplayOptions extends JudgingOptions {
  readonly timing: 'compressed' | 'original'
}

/** `nfqueue-test replay FILE`: a capture or a recording, judged without a kernel. */
export function replayCommand(): Command {
  const command = new Command('replay')
    .description('judge the packets of a capture, or of a recording made with --record, without root')
    .argument(
      '<file>',
      'pcap or pcapng, gzip is fine: Ethernet, raw IP, Linux cooked, loopback, NFLOG, or netlink (nlmon, --record)',
    )
  return explain(
    addJudging(command)
      .addOption(choice('--timing <mode>', 'pauses between packets', ['compressed', 'original'], 'compressed'))
      .action(async (file: string, { timing, ...options }: ReplayOptions) => {
        const source = captureFile(file)
        const kind = await captureKind(source)
        const judging = await judgingOf(options)
        const isTerminalFree = judging.quiet || !process.stdout.isTTY
        const capture = isTerminalFree ? withProgress(file, readCapture(source)) : readCapture(source)
        const how = { timing, unjudged: options.unjudged, signal: interrupted() }
        // Without a handler nothing is done later than at once.
        const patienceMilliseconds = options.handler ? undefined : 250
        if (kind !== 'netlink') await (await import('../replay/packets.ts')).replayCapture(capture, judging, how)
        else if (!(await replayRecording(file, capture, judging, { ...how, patienceMilliseconds })))
          process.exitCode = exitCode.different
      }),
    explanation,
  )
}

const explanation = `Packets of an ordinary capture are queued by a simulated kernel that tracks their connections. Of a netlink capture the
kernel's own side is played, and what is decided now is compared with what was decided then: exit code 2 when it differs.
The same: nfqueue-test --replay FILE

Examples:
  nfqueue-test replay traffic.pcap.gz --match 'udp port 53' --json
  nfqueue-test 0 --record session.pcapng, and later: nfqueue-test replay session.pcapng --handler ./filter.mjs`
