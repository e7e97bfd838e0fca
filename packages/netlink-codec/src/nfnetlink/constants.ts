/** What all netfilter subsystems share (include/uapi/linux/netfilter/nfnetlink.h). */

/** `NFNL_SUBSYS_*`: the high byte of a message type. */
export const subsystem = {
  none: 0,
  ctnetlink: 1,
  ctnetlinkExp: 2,
  queue: 3,
  ulog: 4,
  osf: 5,
  ipset: 6,
  acct: 7,
  ctnetlinkTimeout: 8,
  cthelper: 9,
  nftables: 10,
  nftCompat: 11,
  hook: 12,
} as const

/** `NFNLGRP_*`: multicast groups. */
export const group = {
  conntrackNew: 1,
  conntrackUpdate: 2,
  conntrackDestroy: 3,
  conntrackExpNew: 4,
  conntrackExpUpdate: 5,
  conntrackExpDestroy: 6,
  nftables: 7,
  acctQuota: 8,
  nftrace: 9,
} as const

/** `NFPROTO_*`: the family of a hook, and of the addresses in a tuple. IPv4 and IPv6 equal `AF_INET` and `AF_INET6`. */
export const family = { unspec: 0, inet: 1, ipv4: 2, arp: 3, netdev: 5, bridge: 7, ipv6: 10 } as const

/** `NF_INET_*` hooks; the bridge family's are the same, and `brouting` is its sixth (include/uapi/linux/netfilter.h). */
export const hook = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4, brouting: 5 } as const

/** `NF_DROP` … `NF_STOP`: the low byte of a verdict (include/uapi/linux/netfilter.h). */
export const verdict = { drop: 0, accept: 1, stolen: 2, queue: 3, repeat: 4, stop: 5 } as const
