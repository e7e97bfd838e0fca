/** The bits nf_tables has words for (include/uapi/linux/netfilter/nf_tables.h, and the headers of what expressions call). */
export const nftFlags = {
  /** `NFT_TABLE_F_*`. `owner` is of 5.12, `persist` of 6.9. */
  table: { dormant: 1, owner: 2, persist: 4 },
  /** `NFT_CHAIN_*`. */
  chain: { base: 1, hwOffload: 2, binding: 4 },
  /** `NFT_RULE_COMPAT_F_*`. */
  compat: { unused: 1, inv: 2 },
  /** `NFT_SET_*`. */
  set: {
    anonymous: 1,
    constant: 2,
    interval: 4,
    map: 8,
    timeout: 0x10,
    eval: 0x20,
    object: 0x40,
    concat: 0x80,
    expr: 0x100,
  },
  /** `NFT_SET_ELEM_*`. */
  element: { intervalEnd: 1, catchall: 2 },
  /** `NFT_FLOWTABLE_*`. */
  flowtable: { hwOffload: 1, counter: 2 },
  /** `NFT_LOOKUP_F_*`. */
  lookup: { inv: 1 },
  /** `NFT_DYNSET_F_*`. */
  dynset: { inv: 1, expr: 2 },
  /** `NFT_PAYLOAD_L4CSUM_*`. */
  payload: { pseudohdr: 1 },
  /** `NFT_EXTHDR_F_*`. */
  exthdr: { present: 1 },
  /** `NFTA_FIB_F_*`. */
  fib: { saddr: 1, daddr: 2, mark: 4, iif: 8, oif: 0x10, present: 0x20 },
  /** `NFT_LIMIT_F_*`. */
  limit: { inv: 1 },
  /** `NFT_CONNLIMIT_F_*`. */
  connlimit: { inv: 1 },
  /** `NFT_QUOTA_F_*`. */
  quota: { inv: 1, depleted: 2 },
  /** `NFT_QUEUE_FLAG_*`. */
  queue: { bypass: 1, cpuFanout: 2 },
  /** `NF_LOG_*` (nf_log.h). */
  log: { tcpseq: 1, tcpopt: 2, ipopt: 4, uid: 8, nflog: 0x10, macdecode: 0x20 },
  /** `NF_NAT_RANGE_*` (nf_nat.h). */
  nat: {
    mapIps: 1,
    protoSpecified: 2,
    protoRandom: 4,
    persistent: 8,
    protoRandomFully: 0x10,
    protoOffset: 0x20,
    netmap: 0x40,
  },
  /** `NF_SYNPROXY_OPT_*` (nf_synproxy.h). */
  synproxy: { mss: 1, wscale: 2, sackPerm: 4, timestamp: 8, ecn: 0x10 },
  /** `NFT_OSF_F_*`. */
  osf: { version: 1 },
  /** `NFT_TUNNEL_F_*`. */
  tunnel: { zeroCsumTx: 1, dontFragment: 2, seqNumber: 4 },
} as const
