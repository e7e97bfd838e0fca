/** What tshark found in a frame, from the outside in. */
export interface Layers {
  /** In front of IP: `eth`, `ethertype`, `vlan`; all of them where there is no IP. */
  readonly link: readonly string[]
  /** `ip`, `ipv6` or `none`. */
  readonly network: string
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `sctp`, or `other`; `none` where there is no IP. */
  readonly transport: string
}

const transports: readonly string[] = ['tcp', 'udp', 'icmp', 'icmpv6', 'sctp']

/** Read `frame.protocols`: `eth:ethertype:ipv6:ipv6.hopopts:icmpv6`. */
export function layersIn(protocols: string): Layers {
  const names = protocols.split(':')
  const at = names.findIndex((name) => name === 'ip' || name === 'ipv6')
  if (at < 0) return { link: names, network: 'none', transport: 'none' }
  const inside = names.slice(at + 1).find((name) => !isExtension(name))
  return {
    link: names.slice(0, at),
    network: names[at]!,
    transport: inside !== undefined && transports.includes(inside) ? inside : 'other',
  }
}

const isExtension = (name: string): boolean => name.startsWith('ipv6.') || name === 'ah' || name === 'mipv6'
