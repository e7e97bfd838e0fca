import type { ConnectionJudged, FirewallCensus, FirewallStats, JudgedConnection } from '@nfkit/firewall'
import { formatEnd } from '@nfkit/inet'
import { printable } from '@nfkit/netlink-codec'
import type { Size } from '../terminal/screen/screen.ts'
import type { Column } from '../terminal/screen/table.ts'
import { viewLines } from '../terminal/screen/view.ts'
import { tallied } from '../text/count.ts'
import { faint, strong } from '../text/style.ts'
import { timeText } from '../text/time.ts'
import { millisecondsText } from '../text/unit.ts'
import { paintedVerdict } from '../text/verdict.ts'
import { nameOf, ownerOf, statsParts } from './wording.ts'

/** What a live view of a firewall shows. */
export interface FirewallSight {
  readonly name: string
  readonly epoch: number
  readonly stats: FirewallStats
  /** What the kernel does by itself, as far as it was asked. */
  readonly census: FirewallCensus | undefined
  /** The latest judgements, the newest last, and when each was. */
  readonly judged: readonly Judged[]
  /** What the user may do. */
  readonly keys: readonly string[]
}

export interface Judged extends ConnectionJudged {
  readonly timestampNs: bigint
}

/** In the order of the lines in a pipe: when, what, what of it, and what it cost. */
const columns: readonly Column<Judged>[] = [
  { heading: 'TIME', rank: 8, show: ({ timestampNs }) => timeText(timestampNs), paint: faint },
  { heading: 'WAY', rank: 6, show: ({ connection }) => connection.direction },
  { heading: 'PROTO', rank: 2, least: 5, show: ({ connection }) => connection.protocol },
  { heading: 'SOURCE', rank: 4, least: 15, show: ({ connection }) => endText(connection.source), paint: strong },
  { heading: 'DESTINATION', least: 21, show: ({ connection }) => endText(connection.destination), paint: strong },
  { heading: 'NAME', rank: 3, least: 12, show: ({ connection }) => nameOf(connection) ?? '-' },
  { heading: 'OWNER', rank: 7, show: ({ connection }) => ownerOf(connection) ?? '-' },
  { heading: 'VERDICT', show: ({ verdict }) => verdict, paint: (text, { verdict }) => paintedVerdict(verdict, text) },
  { heading: 'JUDGE', rank: 1, show: ({ milliseconds }) => millisecondsText(milliseconds), paint: faint },
  { heading: 'PACKETS', rank: 5, show: ({ packets }) => `${packets}`, paint: faint },
]

const endText = (end: JudgedConnection['source']): string => (end === undefined ? '-' : formatEnd(end))

/** The view as lines that fit: what the firewall came to, what can be done, and the latest judgements, the newest first. */
export function firewallLines(sight: FirewallSight, size: Size): string[] {
  const { name, epoch, stats, judged, keys } = sight
  const about = [
    `${printable(name)}, epoch ${epoch}`,
    ...statsParts(stats),
    ...latencyParts(judged),
    ...kernelParts(sight),
  ]
  return viewLines({ about, keys, columns, first: (count) => judged.slice(-count).toReversed() }, size)
}

/** The middle and the slow end of the latest judgements. */
function latencyParts(judged: readonly ConnectionJudged[]): readonly string[] {
  const sorted = judged.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
  if (sorted.length === 0) return []
  const at = (share: number) => millisecondsText(sorted[Math.floor(share * (sorted.length - 1))]!)
  return [`judge ${at(0.5)}, 99 % within ${at(0.99)}`]
}

const kernelParts = ({ census }: FirewallSight): readonly string[] =>
  census === undefined
    ? []
    : [...tallied('alive', census.alive), ...tallied('packets by the kernel alone', census.cachedPackets)]
