/** The flags of a TCP header by their RFC 9293 names in lower case, and the bit of each in `tcp.flags`. */
export const tcpFlag = {
  fin: 0x01,
  syn: 0x02,
  rst: 0x04,
  psh: 0x08,
  ack: 0x10,
  urg: 0x20,
  ece: 0x40,
  cwr: 0x80,
} as const

/** Flags to set (`true`) or clear (`false`); those not named keep what they are. */
export type TcpFlags = { readonly [Name in keyof typeof tcpFlag]?: boolean | undefined }

/** `flags` with some set and some cleared. */
export function withFlags(flags: number, changes: TcpFlags): number {
  let out = flags
  for (const [name, bit] of Object.entries(tcpFlag)) {
    const set = changes[name as keyof typeof tcpFlag]
    if (set !== undefined) out = set ? out | bit : out & ~bit
  }
  return out
}

/** `SYN ACK`; empty when none is set. */
export function flagNames(flags: number): string {
  const set = Object.entries(tcpFlag).filter(([, bit]) => (flags & bit) !== 0)
  return set.map(([name]) => name.toUpperCase()).join(' ')
}
