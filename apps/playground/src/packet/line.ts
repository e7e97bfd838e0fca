import { formatEnd, parseEnd } from '@nfkit/inet'

/** Flags of TCP that the form offers. */
export const flags = ['syn', 'ack', 'fin', 'rst', 'psh'] as const

/** A packet as a form has it. */
export interface Form {
  readonly protocol: string
  readonly from: string
  readonly fromPort: string
  readonly to: string
  readonly toPort: string
  readonly flags: readonly string[]
}

/** The line of a packet: `tcp 10.0.0.1:4000 > 10.0.0.2:443 syn`. What is no address or port stays as it was written, and is refused when it is sent. */
export function lineOf({ protocol, from, fromPort, to, toPort, flags: set }: Form): string {
  const isIcmp = protocol === 'icmp'
  const isIpv6 = from.includes(':')
  const name = isIcmp && isIpv6 ? 'icmpv6' : protocol
  const end = (address: string, port: string) => (isIcmp ? address : ended(address.trim(), port.trim()))
  const words = protocol === 'tcp' ? set : isIcmp ? ['echo-request'] : []
  return [name, end(from, fromPort), '>', end(to, toPort), ...words].join(' ')
}

function ended(address: string, port: string): string {
  const number = /^\d{1,5}$/.test(port) ? Number(port) : undefined
  const parsed = parseEnd(address)
  if (number === undefined || parsed === undefined) return `${address}:${port}`
  return formatEnd({ address: parsed.address, port: number })
}
