import { dccpState, sctpState, status, tcpState } from '../conntrack/constants.ts'
import type { DccpInfo, SctpInfo } from './state.ts'

/** A protocol's state by the name its table has. */
export type FlowStateName = keyof typeof tcpState | keyof typeof sctpState | keyof typeof dccpState

/** Where a connection keeps its state, by protocol. */
interface States {
  readonly tcpState: number | undefined
  readonly sctp: SctpInfo | undefined
  readonly dccp: DccpInfo | undefined
}

/** The name of a connection's state; `undefined` for protocols without, and for numbers without a name. */
export function stateOf({ tcpState: tcp, sctp, dccp }: States): FlowStateName | undefined {
  if (tcp !== undefined) return nameOf(tcpState, tcp)
  return sctp ? nameOf(sctpState, sctp.state) : nameOf(dccpState, dccp?.state)
}

const nameOf = <Name extends string>(names: { readonly [name in Name]: number }, number: number | undefined) =>
  (Object.keys(names) as Name[]).find((name) => names[name] === number)

/** `SYN_SENT` for 1: names of protocol states in the spelling people know from `conntrack -L`. */
export const flowStateNames = {
  tcp: upperCase(tcpState),
  sctp: upperCase(sctpState),
  dccp: upperCase(dccpState),
}

function upperCase(names: { readonly [name: string]: number }): ReadonlyMap<number, string> {
  const kernel = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
  return new Map(Object.entries(names).map(([name, number]) => [number, kernel(name)]))
}

/** A name of a status bit: `assured`. */
export type StatusName = keyof typeof status

const statusNames = Object.keys(status) as StatusName[]

/** Lowest bit first. */
export const statusNamesOf = (bits: number): StatusName[] => statusNames.filter((name) => (bits & status[name]) !== 0)
