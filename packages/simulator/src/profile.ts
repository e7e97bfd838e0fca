import { errno } from '@nfkit/netlink-codec'
import { type NftablesProfile, nftables61, nftables72, nftables612, nftables618 } from './nftables/profile.ts'

/** What differs from kernel to kernel, and from one configuration to another. */
export interface Profile {
  /** Name of the kernel: `debian-6.1`. */
  readonly name: string
  /** CONFIG_NETFILTER_NETLINK_GLUE_CT: connections in queued packets and in verdicts. */
  readonly glue: boolean
  /** Whether the module of user-space helpers (cthelper) is there; it needs glue. */
  readonly userHelpers: boolean
  /** CONFIG_NETWORK_SECMARK: security labels of packets. */
  readonly secmark: boolean
  /** CONFIG_NETFILTER_SYNPROXY: connections made through ctnetlink carry a SYN proxy's state. */
  readonly synproxy: boolean
  /** CONFIG_HZ: the resolution of timeouts, and through it the longest one. */
  readonly hertz: number
  /** The answer to a queue command the kernel does not know: EOPNOTSUPP since 7.0 and in late stable kernels, 524 before. */
  readonly unknownCommand: number
  /** Queue flags the kernel does not know are refused by the attribute policy (EINVAL, with text; 7.2) or by the handler. */
  readonly flagsInPolicy: boolean
  /** NFQA_CGROUP_CLASSID (6.4). */
  readonly classid: boolean
  /** Packets that share an unconfirmed connection are dropped (6.11). */
  readonly dropsSharedUnconfirmed: boolean
  /** Rewritten network headers are checked, and rewrites refused in the bridge family (7.2). */
  readonly validatesPayload: boolean
  /** The receive buffer is compared after the datagram is added to it (since July 2025) instead of before. */
  readonly chargesBeforeCheck: boolean
  /** CTA_ZONE filters dumps and flushes (6.8). */
  readonly zoneFilter: boolean
  /** CTA_FILTER filters flushes (6.12). */
  readonly flushFilter: boolean
  /** IPv6 addresses in CTA_FILTER exclude what they name: a bug of 5.8 and later. */
  readonly invertedIpv6Filter: boolean
  /** NLMSG_DONE of a filtered dump says so. */
  readonly filteredDone: boolean
  /** CTA_TIMESTAMP_EVENT (6.14). */
  readonly eventTimestamp: boolean
  /** An empty name takes the helper off a connection (up to 6.18). */
  readonly helperCanBeCleared: boolean
  /** A helper in use can be deleted (7.2). */
  readonly helperDeletableInUse: boolean
  /** A packet that comes back from a queue joins the connection that another has made meanwhile, whatever its protocol (up to 6.11). */
  readonly joinsAtVerdict: boolean
  /** A super-packet that user space wrote anew leaves as segments. */
  readonly cutsRewritten: boolean
  /** First packets of GRE that wait together join (6.12). */
  readonly greClashes: boolean
  /** Echo requests of one id that wait together join (7.3). */
  readonly icmpClashes: boolean
  /** Multicast router discovery, ICMPv6 types 151 and 152, is left out of tracking, as neighbour discovery is (6.12). */
  readonly leavesOutRouterDiscovery: boolean
  /** A RST that may be forged leaves ten seconds (timeout of CLOSE); else as long as unacknowledged data may take (6.12). */
  readonly keptResetCloses: boolean
  /** DCCP is tracked (up to 6.16). */
  readonly dccp: boolean
  /** A DCCP packet with less than its header is invalid; before, it is dropped (6.12). */
  readonly keepsShortDccp: boolean
  /** UDP-Lite is tracked (up to 7.0). */
  readonly udplite: boolean
  /** Default timeout of an established SCTP association, in seconds. */
  readonly sctpEstablishedSeconds: number
  /** CONFIG_NF_TABLES: how it differs; `undefined` without it. */
  readonly nftables: NftablesProfile | undefined
}

const debian61: Profile = {
  name: 'debian-6.1',
  glue: true,
  userHelpers: true,
  secmark: true,
  synproxy: true,
  hertz: 250,
  unknownCommand: errno.EOPNOTSUPP,
  flagsInPolicy: false,
  classid: false,
  dropsSharedUnconfirmed: false,
  validatesPayload: false,
  chargesBeforeCheck: true,
  zoneFilter: false,
  flushFilter: false,
  invertedIpv6Filter: true,
  filteredDone: true,
  eventTimestamp: false,
  helperCanBeCleared: true,
  helperDeletableInUse: false,
  joinsAtVerdict: true,
  cutsRewritten: false,
  greClashes: false,
  icmpClashes: false,
  leavesOutRouterDiscovery: false,
  keptResetCloses: true,
  dccp: true,
  keepsShortDccp: false,
  udplite: true,
  sctpEstablishedSeconds: 210,
  nftables: nftables61,
}

const debian612: Profile = {
  ...debian61,
  nftables: nftables612,
  name: 'debian-6.12',
  classid: true,
  dropsSharedUnconfirmed: true,
  joinsAtVerdict: false,
  cutsRewritten: true,
  greClashes: true,
  leavesOutRouterDiscovery: true,
  keptResetCloses: false,
  keepsShortDccp: true,
  zoneFilter: true,
  flushFilter: true,
  invertedIpv6Filter: false,
  filteredDone: true,
}

const plain618: Profile = {
  ...debian612,
  nftables: nftables618,
  name: '6.18',
  glue: false,
  userHelpers: false,
  secmark: false,
  invertedIpv6Filter: true,
  filteredDone: false,
  eventTimestamp: true,
  keptResetCloses: true,
  dccp: false,
}

const glue72: Profile = {
  ...plain618,
  nftables: nftables72,
  name: '7.2',
  glue: true,
  userHelpers: true,
  hertz: 100,
  flagsInPolicy: true,
  validatesPayload: true,
  filteredDone: true,
  helperCanBeCleared: false,
  helperDeletableInUse: true,
  udplite: false,
}

const debian73: Profile = {
  ...glue72,
  name: 'debian-7.3',
  hertz: 250,
  invertedIpv6Filter: false,
  icmpClashes: true,
  keptResetCloses: false,
}

/** Kernels that were measured. Make your own: `{ ...profiles['debian-6.1'], glue: false }`. */
export const profiles = {
  'debian-6.1': debian61,
  'debian-6.12': debian612,
  '6.18': plain618,
  '7.2': glue72,
  'debian-7.3': debian73,
} as const

/** Kernels there are profiles of. */
export type ProfileName = keyof typeof profiles
