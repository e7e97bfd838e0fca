import { formatEnd, ipProtocolName } from '@nfkit/inet'
import { printable } from '@nfkit/netlink-codec'
import { type Flow, type FlowEnd, type FlowTuple, flowStateNames, status } from '@nfkit/netlink-codec/conntrack'
import type { Column } from '../../terminal/screen/table.ts'
import { faint } from '../../text/style.ts'
import { durationText, markText, sizeText } from '../../text/unit.ts'

/** A flow, and how many seconds ago it was read. */
export interface AgedFlow {
  readonly flow: Flow
  readonly age: number
}

/** What is shown of flows. */
export const flowColumns: readonly Column<AgedFlow>[] = [
  { heading: 'PROTO', show: ({ flow }) => protocolText(flow) },
  { heading: 'STATE', rank: 1, show: ({ flow }) => stateText(flow) },
  { heading: 'SOURCE', least: 18, show: ({ flow: { original } }) => endText(original.source) },
  {
    heading: 'DESTINATION',
    least: 18,
    show: ({ flow: { original } }) => endText(original.destination) + icmpText(original),
  },
  { heading: 'LEFT', rank: 3, show: ({ flow, age }) => leftText(flow, age) },
  { heading: 'MARK', rank: 4, show: ({ flow: { mark } }) => (mark ? markText(mark) : '-') },
  { heading: 'TRAFFIC', rank: 2, show: ({ flow }) => carriedText(flow, 'bytes', sizeText) },
  { heading: 'PACKETS', rank: 6, show: ({ flow }) => carriedText(flow, 'packets', String) },
  { heading: 'NOTES', rank: 5, least: 12, show: ({ flow }) => notesText(flow), paint: faint },
]

const protocolText = ({ protocol: number = 0 }: Flow): string => ipProtocolName(number) ?? String(number)

/** The protocol's state where it has one; else whether there was a reply. */
function stateText({ tcp, sctp, dccp, status: bits = 0 }: Flow): string {
  const names = tcp ? flowStateNames.tcp : sctp ? flowStateNames.sctp : flowStateNames.dccp
  const state = (tcp ?? sctp ?? dccp)?.state
  if (state !== undefined) return names.get(state) ?? String(state)
  return bits & status.seenReply ? 'replied' : 'unreplied'
}

const leftText = ({ timeoutSeconds: left }: Flow, age: number): string =>
  left === undefined ? '-' : durationText(Math.max(0, left - age))

/** What is out of the ordinary: translation, helper, zone, labels. */
function notesText(flow: Flow): string {
  const { original, reply, helper, zone, labels } = flow
  const translated =
    original.source.address !== reply.destination.address ||
    original.source.port !== reply.destination.port ||
    original.destination.address !== reply.source.address ||
    original.destination.port !== reply.source.port
  return [
    ...(translated && !original.icmp ? [`reply ${endText(reply.source)} > ${endText(reply.destination)}`] : []),
    ...(helper ? [`helper ${printable(helper)}`] : []),
    ...(zone ? [`zone ${zone}`] : []),
    ...(labels?.length ? [`labels ${labels.join(',')}`] : []),
  ].join(' ')
}

const endText = ({ address = '?', port }: FlowEnd): string => formatEnd({ address, port })

const icmpText = ({ icmp }: FlowTuple): string => (icmp ? ` ${icmp.type}/${icmp.code}/${icmp.id}` : '')

/** Of both directions. */
function carriedText(
  { originalCounters: out, replyCounters: back }: Flow,
  of: 'bytes' | 'packets',
  text: (count: bigint) => string,
): string {
  return out && back ? `${text(out[of])} / ${text(back[of])}` : '-'
}
