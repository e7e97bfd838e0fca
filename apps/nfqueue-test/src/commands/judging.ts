import type { Verdict } from '@nfkit/nfqueue'
import { type Command, Option } from 'commander'
import { connmark, expression, mark, verdict } from '../cli/arguments.ts'
import { jsonOption } from '../cli/json-option.ts'
import { refuseSameFile } from '../file/same.ts'
import { loadHandler } from '../judging/handler.ts'
import { PacketFile } from '../judging/packet-file.ts'
import { policyJudge } from '../judging/policy.ts'
import type { SessionOptions } from '../judging/session.ts'
import type { Predicate } from '../match/predicate.ts'

/** Options of `run` and `replay` alike: which packets are judged, how, and what is told of them. */
export interface JudgingOptions {
  readonly verdict: Verdict
  readonly mark?: number
  readonly connmark?: number | 'count'
  readonly match?: Predicate
  readonly handler?: string
  readonly unjudged: Verdict
  readonly write?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

export function addJudging(command: Command): Command {
  const ownPolicy = ['verdict', 'mark', 'connmark']
  return command
    .optionsGroup('What is done with packets:')
    .option('--verdict <verdict>', 'accept, drop, repeat, stop or queue:N', verdict, 'accept')
    .option('--mark <number>', 'packet mark to set', mark)
    .option('--connmark <number|count>', 'mark to set on the connection; count: the number of the packet', connmark)
    .addOption(
      new Option(
        '--handler <file>',
        'JavaScript module whose default function judges each packet: export default (packet) => packet.drop()',
      ).conflicts(ownPolicy),
    )
    .option('--unjudged <verdict>', 'for packets the handler gives no verdict, or fails on', verdict, 'accept')
    .option(
      '--match <expression>',
      "only these packets, in the words of pcap-filter: 'tcp and dst port 22'; others are accepted and not shown",
      expression,
    )
    .optionsGroup('What is told of them:')
    .addOption(jsonOption('packets', 'one JSON object per packet, and one for the summary'))
    .option('-q, --quiet', 'only the summary; on a terminal counters or progress meanwhile')
    .option('--write <file>', 'also write the packets to a pcapng file, with their verdicts as comments')
}

/**
 * What a session needs. `read` and `written`: the files that are read and written besides. Rejects when the handler cannot be loaded, and
 * when a file would be written over another.
 */
export async function judgingOf(
  options: JudgingOptions,
  read: readonly string[],
  written: readonly string[] = [],
): Promise<SessionOptions> {
  const { verdict, mark, connmark, match, handler, write, json = false, quiet = false } = options
  refuseSameFile([...read, ...(handler ? [handler] : [])], [...written, ...(write ? [write] : [])])
  const judge = handler ? await loadHandler(handler) : policyJudge({ verdict, mark, connmark })
  return { judge, match, json, quiet, file: write === undefined ? undefined : new PacketFile(write) }
}
