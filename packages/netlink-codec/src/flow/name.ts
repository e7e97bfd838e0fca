import { dccpState, sctpState, tcpState } from '../conntrack/constants.ts'

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
