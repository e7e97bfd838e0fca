import type { Verdict } from '@nfkit/nfqueue'
import { Command } from 'commander'
import { choice, connmark, mark, verdict } from '../arguments.ts'
import { interrupted } from '../interrupt.ts'
import { replay } from '../replay.ts'

interface ReplayOptions {
  readonly verdict: Verdict
  readonly mark?: number
  readonly connmark?: number | 'count'
  readonly timing: 'compressed' | 'original'
  readonly json?: boolean
  readonly quiet?: boolean
}

/** `nfqueue-test replay FILE`: any packet capture, judged on a simulated kernel. */
export function replayCommand(): Command {
  return new Command('replay')
    .description('print and judge the packets of a pcap or pcapng file, on a simulated kernel, without root')
    .argument('<file>', 'capture: Ethernet, raw IP, Linux cooked, loopback or NFLOG; gzip is fine')
    .option('--verdict <verdict>', 'accept, drop, repeat, stop or queue:N', verdict, 'accept')
    .option('--mark <number>', 'packet mark to set', mark)
    .option('--connmark <number|count>', 'mark to set on the connection; count: the number of the packet', connmark)
    .addOption(choice('--timing <mode>', 'pauses between packets', ['compressed', 'original'], 'compressed'))
    .option('--json', 'one JSON object per packet, and one for the summary')
    .option('-q, --quiet', 'only the summary')
    .action((file: string, { timing, json = false, quiet = false, ...policy }: ReplayOptions) =>
      replay(file, { policy, json, quiet, timing, signal: interrupted() }),
    )
}
