import { ipProtocol } from '@nfkit/inet'

/** What a protocol's word stands for. */
export interface ProtocolWord {
  readonly version?: 4 | 6
  readonly number?: number
}

/** Words that are conditions by themselves, or say what the next one is about. */
export const protocolWords: { readonly [word: string]: ProtocolWord } = {
  ip: { version: 4 },
  ip6: { version: 6 },
  tcp: { number: ipProtocol.tcp },
  udp: { number: ipProtocol.udp },
  sctp: { number: ipProtocol.sctp },
  icmp: { version: 4, number: ipProtocol.icmp },
  icmp6: { version: 6, number: ipProtocol.icmpv6 },
  igmp: { version: 4, number: ipProtocol.igmp },
  esp: { number: ipProtocol.esp },
  ah: { number: ipProtocol.ah },
}

/** `port` is about these; other protocols that have ports are not meant (pcap-filter(7)). */
const withPorts = new Set<number>([ipProtocol.tcp, ipProtocol.udp, ipProtocol.sctp])

export const isAboutPorts = (protocol: number | undefined): boolean => protocol !== undefined && withPorts.has(protocol)

/** Protocols by name, as after `proto`. */
export const protocolNumbers: { readonly [name: string]: number } = {
  ...ipProtocol,
  icmp6: ipProtocol.icmpv6,
  'ipv6-icmp': ipProtocol.icmpv6,
}

/** Words of pcap-filter that make no sense for packets from a queue, or are not read here, and why. */
export const unsupportedWords: { readonly [word: string]: string } = {
  ...Object.fromEntries(
    ['ether', 'link', 'vlan', 'mpls', 'pppoed', 'pppoes', 'geneve', 'llc', 'wlan', 'fddi', 'tr', 'radio', 'atalk'].map(
      (word) => [word, 'packets from a queue start with their IP header'],
    ),
  ),
  arp: 'a queue gets IP packets',
  rarp: 'a queue gets IP packets',
  broadcast: 'packets from a queue start with their IP header',
  gateway: 'it would need names and hardware addresses',
  protochain: 'proto looks behind extension headers already',
  inbound: 'the hook decides which direction a queue gets',
  outbound: 'the hook decides which direction a queue gets',
  ifname: 'choose interfaces in the rule that feeds the queue',
  len: 'say less N or greater N',
}
