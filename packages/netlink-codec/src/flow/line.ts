import { ipProtocol } from '@nfkit/inet'
import { dccpState, status, tcpState } from '../conntrack/constants.ts'
import { family } from '../nfnetlink/constants.ts'
import { printable } from '../print/printable.ts'
import type { FlowCounters } from './counters.ts'
import type { Flow } from './flow.ts'
import { flowStateNames } from './name.ts'
import type { FlowTuple } from './tuple.ts'

/** What a line shows beyond what `conntrack -L` does by itself. */
export interface FlowLine {
  /** `[NEW]`, `[UPDATE]` or `[DESTROY]` in front, as `conntrack -E` has it. */
  readonly event?: 'new' | 'update' | 'destroy' | undefined
  /** The cause of the event, at the end: a socket's port id. 0, for packets and time, is not shown. */
  readonly portId?: number | undefined
  /** The family in front: `-o extended`. */
  readonly extended?: boolean | undefined
  /** The entry's id: `-o id`. */
  readonly id?: boolean | undefined
  /** Labels, each as its name, or as its number where this gives none: `-o labels`. */
  readonly labels?: ((label: number) => string | undefined) | undefined
  /** When it began and ended, in local time: `-o ktimestamp`. */
  readonly times?: boolean | undefined
  /** Nanoseconds since 1970 from which `delta-time` of a living flow counts; the present by default. */
  readonly nowNs?: bigint | undefined
}

const tags = { new: '    [NEW]', update: ' [UPDATE]', destroy: '[DESTROY]' }

/** Protocols the reference tool has a name for. */
const names = new Map<number, string>([
  [ipProtocol.tcp, 'tcp'],
  [ipProtocol.udp, 'udp'],
  [ipProtocol.udplite, 'udplite'],
  [ipProtocol.icmp, 'icmp'],
  [ipProtocol.icmpv6, 'icmpv6'],
  [ipProtocol.sctp, 'sctp'],
  [ipProtocol.dccp, 'dccp'],
  [ipProtocol.gre, 'gre'],
])

/** The line `conntrack -L` (or `-E`) prints for a flow. Control characters in names (helper, security context, labels) are escaped. */
export function formatFlow(flow: Flow, line: FlowLine = {}): string {
  const out: string[] = []
  const { original, reply, status: bits } = flow
  const number = original.protocol ?? 0
  if (line.event) out.push(tags[line.event])
  if (line.extended) out.push(`${familyName(flow.family).padEnd(8)} ${flow.family}`)
  out.push(`${(names.get(number) ?? 'unknown').padEnd(8)} ${number}`)
  put(out, '', flow.timeoutSeconds)
  put(out, '', stateName(flow))
  tuple(out, original, 'zone-orig', flow.originalCounters)
  if (bits !== undefined && (bits & status.seenReply) === 0) out.push('[UNREPLIED]')
  tuple(out, reply, 'zone-reply', flow.replyCounters)
  if (bits !== undefined) put(out, '', fate(bits))
  put(out, 'mark=', flow.mark)
  put(out, 'secctx=', flow.securityContext)
  if (flow.zone !== 0) out.push(`zone=${flow.zone}`)
  put(out, 'delta-time=', ageSeconds(flow, line.nowNs))
  if (line.times) times(out, flow)
  put(out, 'helper=', flow.helper)
  put(out, 'use=', flow.use)
  if (line.id) put(out, 'id=', flow.id)
  if (line.labels) put(out, 'labels=', flow.labels?.map((label) => line.labels?.(label) ?? label).join(','))
  if (line.portId) out.push(`[USERSPACE] portid=${line.portId}`)
  return out.join(' ')
}

function put(out: string[], prefix: string, value: string | number | bigint | undefined): void {
  if (value !== undefined) out.push(prefix + (typeof value === 'string' ? printable(value) : value))
}

function tuple(out: string[], of: FlowTuple, zone: string, carried: FlowCounters | undefined): void {
  const { icmp, source, destination } = of
  put(out, 'src=', source.address)
  put(out, 'dst=', destination.address)
  if (icmp) out.push(`type=${icmp.type ?? 0} code=${icmp.code ?? 0} id=${icmp.id ?? 0}`)
  else if (of.protocol === ipProtocol.gre) out.push(`srckey=0x${hex(source.port)} dstkey=0x${hex(destination.port)}`)
  else if (source.port !== undefined) out.push(`sport=${source.port} dport=${destination.port ?? 0}`)
  put(out, `${zone}=`, of.zone)
  if (carried) out.push(`packets=${carried.packets} bytes=${carried.bytes}`)
}

const hex = (key: number | undefined): string => (key ?? 0).toString(16)

function familyName(number: number): string {
  if (number === family.ipv4) return 'ipv4'
  return number === family.ipv6 ? 'ipv6' : 'unknown'
}

function stateName(flow: Flow): string | undefined {
  const tcp = flow.tcpState
  if (tcp !== undefined) return flowStateNames.tcp.get(tcp) ?? flowStateNames.tcp.get(tcpState.none)
  const sctp = flow.sctp?.state
  if (sctp !== undefined) return flowStateNames.sctp.get(sctp) ?? `${sctp}`
  const dccp = flow.dccp?.state
  return dccp === undefined ? undefined : (flowStateNames.dccp.get(dccp) ?? flowStateNames.dccp.get(dccpState.none))
}

function fate(bits: number): string | undefined {
  if (bits & status.hwOffload) return '[HW_OFFLOAD]'
  if (bits & status.offload) return '[OFFLOAD]'
  return bits & status.assured ? '[ASSURED]' : undefined
}

/** `[start=Sat Nov 28 06:43:05 2026] [stop=…]`, as ctime(3) writes times. */
function times(out: string[], { startNs, stopNs }: Flow): void {
  if (startNs !== undefined) out.push(`[start=${clockText(startNs)}]`)
  if (stopNs) out.push(`[stop=${clockText(stopNs)}]`)
}

function clockText(ns: bigint): string {
  const date = new Date(Number(ns / 1_000_000n))
  const [weekday, month, day, year] = date.toDateString().split(' ')
  return `${weekday} ${month} ${`${Number(day)}`.padStart(2)} ${date.toTimeString().slice(0, 8)} ${year}`
}

/** Whole seconds between start and end, or now. */
function ageSeconds(flow: Flow, nowNs: bigint = BigInt(Date.now()) * 1_000_000n): bigint | undefined {
  const { startNs, stopNs } = flow
  if (startNs === undefined) return undefined
  return (stopNs || nowNs) / 1_000_000_000n - startNs / 1_000_000_000n
}
