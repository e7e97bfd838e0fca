import { type Endpoint, type Flow, type FlowTuple, flowStateNames, protocol, status } from '@nfkit/netlink-codec'
import { faint, notable, strong } from '../text/style.ts'

const protocols = new Map<number, string>(Object.entries(protocol).map(([name, number]) => [number, name]))

/** Heading, width, and what a row shows there. A wider value pushes the rest to the right. */
const columns: readonly (readonly [heading: string, width: number, show: (flow: Flow) => string])[] = [
  ['PROTO', 7, ({ protocol: number = 0 }) => protocols.get(number) ?? String(number)],
  ['STATE', 12, (flow) => stateOf(flow)],
  ['SOURCE', 22, ({ original }) => endText(original.source)],
  ['DESTINATION', 22, ({ original }) => endText(original.destination) + icmpText(original)],
  ['LEFT', 8, ({ timeoutSeconds }) => durationText(timeoutSeconds)],
  ['MARK', 6, ({ mark }) => (mark ? `0x${mark.toString(16)}` : '-')],
  ['TRAFFIC', 16, (flow) => trafficText(flow)],
]

/** The heading line. */
export const headings = (): string =>
  strong(`${columns.map(([heading, width]) => heading.padEnd(width)).join(' ')} NOTES`)

/** One flow as a line of columns. */
export function rowOf(flow: Flow): string {
  const cells = columns.map(([, width, show]) => show(flow).padEnd(width)).join(' ')
  const notes = notesOf(flow)
  return notes.length === 0 ? cells.trimEnd() : `${cells} ${faint(notes.join(' '))}`
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
    ...(helper ? [`helper ${helper}`] : []),
    ...(zone ? [`zone ${zone}`] : []),
    ...(labels?.length ? [`labels ${labels.join(',')}`] : []),
  ]
}

function endText({ address = '?', port }: Endpoint): string {
  if (port === undefined) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

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
