import { formatEnd, ipProtocolName } from '@nfkit/inet'
import { printable } from '@nfkit/netlink-codec'
import { type Flow, type FlowEnd, type FlowTuple, flowStateNames, status } from '@nfkit/netlink-codec/conntrack'
import { faint, notable, strong } from '../../text/style.ts'

/** Heading, least width, and what a row shows there. */
const columns: readonly (readonly [heading: string, width: number, show: (flow: Flow, age: number) => string])[] = [
  ['PROTO', 5, ({ protocol: number = 0 }) => ipProtocolName(number) ?? String(number)],
  ['STATE', 11, (flow) => stateOf(flow)],
  ['SOURCE', 21, ({ original }) => endText(original.source)],
  ['DESTINATION', 21, ({ original }) => endText(original.destination) + icmpText(original)],
  ['LEFT', 6, ({ timeoutSeconds: left }, age) => durationText(left && Math.max(0, left - age))],
  ['MARK', 4, ({ mark }) => (mark ? `0x${mark.toString(16)}` : '-')],
  ['TRAFFIC', 7, (flow) => trafficText(flow)],
]

/** Flows as lines of columns, each as wide as what was shown in it so far. */
export class Columns {
  readonly #widths = columns.map(([, width]) => width)

  /** Rows that are aligned with each other; `ageOf` says how many seconds ago a flow was read. */
  rows(flows: readonly Flow[], ageOf: (flow: Flow) => number = () => 0): string[] {
    const cells = flows.map((flow) => columns.map(([, , show]) => show(flow, ageOf(flow))))
    for (const row of cells)
      for (const [i, cell] of row.entries()) this.#widths[i] = Math.max(this.#widths[i]!, cell.length)
    return cells.map((row, i) => {
      const notes = notesOf(flows[i]!)
      return notes.length === 0 ? this.#line(row).trimEnd() : `${this.#line(row)} ${faint(notes.join(' '))}`
    })
  }

  /** The heading line, for rows that were made. */
  headings(): string {
    return strong(`${this.#line(columns.map(([heading]) => heading))} NOTES`)
  }

  #line(cells: readonly string[]): string {
    return cells.map((cell, i) => cell.padEnd(this.#widths[i]!)).join(' ')
  }
}

/** The protocol's state where it has one; else whether there was a reply. */
function stateOf({ tcp, sctp, dccp, status: bits = 0 }: Flow): string {
  const names = tcp ? flowStateNames.tcp : sctp ? flowStateNames.sctp : flowStateNames.dccp
  const state = (tcp ?? sctp ?? dccp)?.state
  if (state !== undefined) return names.get(state) ?? String(state)
  return bits & status.seenReply ? 'replied' : 'unreplied'
}

/** What is out of the ordinary: translation, helper, zone, labels, offload. */
function notesOf(flow: Flow): string[] {
  const { original, reply, helper, zone, labels } = flow
  const translated =
    original.source.address !== reply.destination.address ||
    original.source.port !== reply.destination.port ||
    original.destination.address !== reply.source.address ||
    original.destination.port !== reply.source.port
  return [
    ...(translated && !original.icmp
      ? [notable(`reply ${endText(reply.source)} > ${endText(reply.destination)}`)]
      : []),
    ...(helper ? [`helper ${printable(helper)}`] : []),
    ...(zone ? [`zone ${zone}`] : []),
    ...(labels?.length ? [`labels ${labels.join(',')}`] : []),
  ]
}

const endText = ({ address = '?', port }: FlowEnd): string => formatEnd({ address, port })

const icmpText = ({ icmp }: FlowTuple): string => (icmp ? ` ${icmp.type}/${icmp.code}/${icmp.id}` : '')

/** `12s`, `4m10s`, `5d0h`. */
export function durationText(seconds: number | undefined): string {
  if (seconds === undefined) return '-'
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${seconds % 60}s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)}h${Math.floor((seconds % 3_600) / 60)}m`
  return `${Math.floor(seconds / 86_400)}d${Math.floor((seconds % 86_400) / 3_600)}h`
}

function trafficText({ originalCounters: out, replyCounters: back }: Flow): string {
  return out && back ? `${sizeText(out.bytes)} / ${sizeText(back.bytes)}` : '-'
}

/** `512 B`, `1.5 MB`. */
function sizeText(bytes: bigint): string {
  let value = Number(bytes)
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 1_000) return `${unit === 'B' ? value : value.toFixed(1)} ${unit}`
    value /= 1_000
  }
  return `${value.toFixed(1)} TB`
}
