/** `LINKTYPE_*`: what the bytes of a captured record start with. The numbers of all link types are the registry's. */
export const linktype = {
  null: 0,
  ethernet: 1,
  /** PPP, with or without HDLC-like framing, or Cisco HDLC: the first byte tells. */
  ppp: 9,
  /** Raw IP as some systems number it on the wire of their own files (DLT_RAW). */
  rawBsd: 12,
  rawOpenBsd: 14,
  /** PPP, or Cisco HDLC, in HDLC-like framing. */
  pppHdlc: 50,
  /** PPPoE sessions, from the PPPoE header on. */
  pppEther: 51,
  raw: 101,
  ciscoHdlc: 104,
  loop: 108,
  /** `any` interface of tcpdump, version 1. */
  linuxCooked: 113,
  ipv4: 228,
  ipv6: 229,
  nflog: 239,
  netlink: 253,
  linuxCooked2: 276,
} as const

const names = new Map<number, string>([
  [linktype.null, 'NULL'],
  [linktype.ethernet, 'ETHERNET'],
  [linktype.ppp, 'PPP'],
  [linktype.rawBsd, 'RAW'],
  [linktype.rawOpenBsd, 'RAW'],
  [linktype.pppHdlc, 'PPP_HDLC'],
  [linktype.pppEther, 'PPP_ETHER'],
  [linktype.raw, 'RAW'],
  [linktype.ciscoHdlc, 'C_HDLC'],
  [linktype.loop, 'LOOP'],
  [linktype.linuxCooked, 'LINUX_SLL'],
  [linktype.ipv4, 'IPV4'],
  [linktype.ipv6, 'IPV6'],
  [linktype.nflog, 'NFLOG'],
  [linktype.netlink, 'NETLINK'],
  [linktype.linuxCooked2, 'LINUX_SLL2'],
])

/** `LINKTYPE_ETHERNET`, or the number of one that is not read here. */
export function linktypeName(value: number): string {
  const name = names.get(value)
  return name === undefined ? `link type ${value}` : `LINKTYPE_${name}`
}
