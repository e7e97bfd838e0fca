import { ipProtocolName } from '@nfkit/inet'
import { family } from '../nfnetlink/constants.ts'
import { isoTime } from '../print/iso-time.ts'
import type { FlowCounters } from './counters.ts'
import type { Flow } from './flow.ts'
import { flowStateNames } from './name.ts'
import type { FlowIcmp, FlowTuple } from './tuple.ts'

/** One direction in JSON. */
export interface FlowTupleJson {
  /** The end that sends. */
  readonly source: { readonly address: string | undefined; readonly port: number | undefined }
  /** The end that receives. */
  readonly destination: { readonly address: string | undefined; readonly port: number | undefined }
  /** What ICMP and ICMPv6 have in place of ports. */
  readonly icmp?: FlowIcmp | undefined
  /** The zone that holds for this direction only. */
  readonly zone?: number | undefined
  /** Numbers; decimal text beyond 2⁵³. */
  readonly packets?: number | string | undefined
  /** The same of bytes. */
  readonly bytes?: number | string | undefined
}

/** A flow in JSON: names where there are names, else numbers. Absent values are left out. */
export interface FlowJson {
  /** The kernel's id of the entry. */
  readonly id?: number | undefined
  /** `ipv4`, `ipv6`, or the number. */
  readonly family: string | number
  /** `tcp`, or the number. */
  readonly protocol?: string | number | undefined
  /** `ESTABLISHED`, of TCP, SCTP and DCCP. */
  readonly state?: string | number | undefined
  /** Status bits that are set. */
  readonly status?: readonly string[] | undefined
  /** The direction that opened the connection. */
  readonly original: FlowTupleJson
  /** The other direction, after translation. */
  readonly reply: FlowTupleJson
  /** Original tuple of the connection that expected this one. */
  readonly master?: FlowTupleJson | undefined
  /** The connmark. */
  readonly mark?: number | undefined
  /** The zone; absent in the default zone. */
  readonly zone?: number | undefined
  /** Seconds until the entry expires. */
  readonly timeoutSeconds?: number | undefined
  /** Name of the helper that follows the connection. */
  readonly helper?: string | undefined
  /** Numbers of the labels that are set. */
  readonly labels?: readonly number[] | undefined
  /** Text of the security module: SELinux, say. */
  readonly securityContext?: string | undefined
  /** ISO 8601 with nanoseconds. */
  readonly start?: string | undefined
  /** ISO 8601 with nanoseconds. */
  readonly stop?: string | undefined
  /** What the kernel told with this flow: `new`, `update` or `destroy`. */
  readonly event?: string | undefined
  /** References the kernel held to the entry. */
  readonly use?: number | undefined
}

const familyNames = new Map<number, string>(Object.entries(family).map(([name, number]) => [number, name]))

export function flowJson(flow: Flow): FlowJson {
  const number = flow.protocol
  return {
    id: flow.id,
    family: familyNames.get(flow.family) ?? flow.family,
    protocol: number === undefined ? undefined : (ipProtocolName(number) ?? number),
    state: state(flow),
    status: flow.status === undefined ? undefined : flow.statusNames,
    original: tuple(flow.original, flow.originalCounters),
    reply: tuple(flow.reply, flow.replyCounters),
    master: flow.master && tuple(flow.master, undefined),
    mark: flow.mark,
    zone: flow.zone || undefined,
    timeoutSeconds: flow.timeoutSeconds,
    helper: flow.helper,
    labels: flow.labels,
    securityContext: flow.securityContext,
    start: time(flow.startNs),
    stop: time(flow.stopNs),
    event: time(flow.eventNs),
    use: flow.use,
  }
}

function tuple(of: FlowTuple, carried: FlowCounters | undefined): FlowTupleJson {
  const { source, destination } = of
  return {
    source: { address: source.address, port: source.port },
    destination: { address: destination.address, port: destination.port },
    icmp: of.icmp,
    zone: of.zone,
    packets: carried && count(carried.packets),
    bytes: carried && count(carried.bytes),
  }
}

function state(flow: Flow): string | number | undefined {
  const { tcp, sctp, dccp } = flow
  if (tcp?.state !== undefined) return flowStateNames.tcp.get(tcp.state) ?? tcp.state
  if (sctp?.state !== undefined) return flowStateNames.sctp.get(sctp.state) ?? sctp.state
  return dccp?.state === undefined ? undefined : (flowStateNames.dccp.get(dccp.state) ?? dccp.state)
}

const count = (value: bigint): number | string =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : `${value}`

const time = (ns: bigint | undefined): string | undefined => (ns ? isoTime(ns) : undefined)
