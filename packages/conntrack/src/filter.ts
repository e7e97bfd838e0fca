import type { Flow, sctpState, tcpState } from '@nfkit/netlink-codec'
import type { StatusBits } from './status.ts'
import type { FamilyName, ProtocolName } from './tuple.ts'

/** Which flows are meant: those that fulfil everything that is given. */
export interface FlowFilter {
  readonly family?: FamilyName | undefined
  readonly protocol?: ProtocolName | number | undefined
  /** An address or a network: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`; with `!` in front, all others. */
  readonly source?: string | undefined
  readonly destination?: string | undefined
  /** A port, or the first and last of a range. */
  readonly sourcePort?: number | PortRange | undefined
  readonly destinationPort?: number | PortRange | undefined
  /** Which tuple addresses and ports are compared with: `original` by default; `either` is satisfied by one that matches whole. */
  readonly direction?: 'original' | 'reply' | 'either' | undefined
  /** An address or a network at either end, in either direction, translated or not; with `!` in front, at neither. */
  readonly host?: string | undefined
  /** A port at either end, in either direction, translated or not. */
  readonly port?: number | PortRange | undefined
  /** The connmark, or some bits of it. */
  readonly mark?: number | { readonly value: number; readonly mask: number } | undefined
  /** Status bits that are set, or bits that are set and bits that are not. */
  readonly status?: StatusBits | { readonly set?: StatusBits; readonly clear?: StatusBits } | undefined
  /** 0 is the default zone. */
  readonly zone?: number | undefined
  /** A label the flow has. */
  readonly label?: number | undefined
  /** State of TCP or SCTP. */
  readonly state?: keyof typeof tcpState | keyof typeof sctpState | undefined
  readonly id?: number | undefined
  /** Flows this matches are left out. */
  readonly not?: FlowFilter | undefined
  /** A last word in JavaScript. */
  readonly where?: ((flow: Flow) => boolean) | undefined
}

export interface PortRange {
  readonly first: number
  readonly last: number
}

export const rangeOf = (port: number | PortRange): PortRange =>
  typeof port === 'number' ? { first: port, last: port } : port

export const formatRange = ({ first, last }: PortRange): string => (first === last ? `${first}` : `${first} to ${last}`)

/** Who checks what of a filter, each condition as a phrase. */
export interface FilterExplanation {
  /** Conditions the kernel applies: flows that fail them are never sent. */
  readonly kernel: readonly string[]
  /** Conditions applied in JavaScript to what the kernel sends. */
  readonly here: readonly string[]
  /** Conditions a socket filter applies to events: others never reach the program. */
  readonly events: readonly string[]
}
