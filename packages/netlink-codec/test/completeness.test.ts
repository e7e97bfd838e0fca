import { ipProtocol } from '@nfkit/inet'
import { describe, expect, test } from 'vitest'
import { type Constants, headersInstalled, readHeader } from './c-header.ts'
import { surface as codec, messageTypes } from './everything.ts'

const { ackAttrs, kernelName, withNested } = codec

const headers = {
  queue: 'linux/netfilter/nfnetlink_queue.h',
  log: 'linux/netfilter/nfnetlink_log.h',
  conntrack: 'linux/netfilter/nfnetlink_conntrack.h',
  timeout: 'linux/netfilter/nfnetlink_cttimeout.h',
  helper: 'linux/netfilter/nfnetlink_cthelper.h',
  nfnetlink: 'linux/netfilter/nfnetlink.h',
  nftables: 'linux/netfilter/nf_tables.h',
  compat: 'linux/netfilter/nf_tables_compat.h',
  common: 'linux/netfilter/nf_conntrack_common.h',
  tcp: 'linux/netfilter/nf_conntrack_tcp.h',
  sctp: 'linux/netfilter/nf_conntrack_sctp.h',
  netlink: 'linux/netlink.h',
  netfilter: 'linux/netfilter.h',
  bridge: 'linux/netfilter_bridge.h',
  in: 'linux/in.h',
  in6: 'linux/in6.h',
  inetDiag: 'linux/inet_diag.h',
  sockDiag: 'linux/sock_diag.h',
  fibRules: 'linux/fib_rules.h',
  rtnetlink: 'linux/rtnetlink.h',
  errnoBase: 'asm-generic/errno-base.h',
  errno: 'asm-generic/errno.h',
} as const

/** What we have and an installed header may be too old for. When it has them, names and numbers must agree all the same. */
const younger = {
  NFQA_CGROUP_CLASSID: 'Linux 6.4',
  CTA_TIMESTAMP_EVENT: 'Linux 6.14',
  CTA_STATS_CLASH_RESOLVE: 'Linux 5.10',
  CTA_STATS_CHAIN_TOOLONG: 'Linux 5.15',
  CTA_STATUS_MASK: 'Linux 5.15',
  NFQA_PRIORITY: 'Linux 5.18',
  NLMSGERR_ATTR_MISS_TYPE: 'Linux 6.1',
  NLMSGERR_ATTR_MISS_NEST: 'Linux 6.1',
  NFTA_BITWISE_SREG2: 'Linux 6.13',
  NFTA_DEVICE_PREFIX: 'Linux 6.17',
  NFTA_SET_TYPE: 'Linux 6.16',
  NFTA_SET_COUNT: 'Linux 6.16',
  NFTA_TRACE_CT_ID: 'Linux 6.16',
  NFTA_TRACE_CT_DIRECTION: 'Linux 6.16',
  NFTA_TRACE_CT_STATUS: 'Linux 6.16',
  NFTA_TRACE_CT_STATE: 'Linux 6.16',
  NFT_MSG_GETRULE_RESET: 'Linux 6.2',
  NFT_MSG_DESTROYTABLE: 'Linux 6.3',
  NFT_MSG_DESTROYCHAIN: 'Linux 6.3',
  NFT_MSG_DESTROYRULE: 'Linux 6.3',
  NFT_MSG_DESTROYSET: 'Linux 6.3',
  NFT_MSG_DESTROYSETELEM: 'Linux 6.3',
  NFT_MSG_DESTROYOBJ: 'Linux 6.3',
  NFT_MSG_DESTROYFLOWTABLE: 'Linux 6.3',
  NFT_MSG_GETSETELEM_RESET: 'Linux 6.5',
} as const

/** What the headers have and our tables do not, with the reason. */
const left = {
  CTA_NAT_SEQ_ADJ_ORIG: 'older name of CTA_SEQ_ADJ_ORIG',
  CTA_NAT_SEQ_ADJ_REPLY: 'older name of CTA_SEQ_ADJ_REPLY',
  NFCTH_POLICY_SET: 'older name of NFCTH_POLICY_SET1',
  NLMSGERR_ATTR_UNUSED: 'the id 0, which every enum has and no message carries',
  INET_DIAG_NONE: 'the same',
  INET_DIAG_REQ_NONE: 'the same',
  FRA_UNUSED2: 'no kernel sends it',
  FRA_UNUSED3: 'the same',
  FRA_UNUSED4: 'the same',
  FRA_UNUSED5: 'the same',
} as const

/** Empty attributes that align 64-bit values: no rows, but known to their tables as such. */
const pads = [
  'CTA_COUNTERS_PAD',
  'CTA_TIMESTAMP_PAD',
  'CTA_PROTOINFO_DCCP_PAD',
  'NL_POLICY_TYPE_ATTR_PAD',
  'INET_DIAG_PAD',
  'FRA_PAD',
  ...['TABLE', 'CHAIN', 'RULE', 'SET', 'SET_ELEM', 'OBJ', 'FLOWTABLE', 'TRACE'].map((name) => `NFTA_${name}_PAD`),
  ...['COUNTER', 'LIMIT', 'QUOTA', 'LAST', 'DYNSET'].map((name) => `NFTA_${name}_PAD`),
]

const roots = messageTypes.flatMap(({ table, answer }) => [table, answer])
const tables = withNested([...roots, ackAttrs])

/** The names in an enum that are attributes: not the id 0, not the end. */
const attributesOf = (constants: Constants): [string, number][] =>
  Object.entries(constants).filter(
    ([name]) => !/^__|_UNSPEC$/.test(name) && !(`__${name}` in constants) && !(name in left),
  )

describe.skipIf(!headersInstalled)('against the kernel headers of this machine (linux-libc-dev)', () => {
  const files = [
    headers.queue,
    headers.log,
    headers.conntrack,
    headers.timeout,
    headers.helper,
    headers.nfnetlink,
    headers.nftables,
    headers.compat,
    headers.netlink,
    headers.inetDiag,
    headers.fibRules,
  ]
  const enums = headersInstalled ? files.flatMap((file) => readHeader(file).slice(0, -1)) : []

  test('every table is an enum of the headers, name for name and number for number', () => {
    expect(tables.length).toBeGreaterThan(35)
    for (const table of tables) {
      // The expression notrack has no attributes.
      if (table.slots.length === 0) continue
      const theirs = enums.find((constants) => table.slots[0]!.name in constants)
      expect(theirs, table.name).toBeDefined()
      const expected = new Map(attributesOf(theirs!))
      const ours = new Map(table.slots.map(({ name, attr }) => [name, attr.id]))
      if (table.pad !== undefined) ours.set(`${table.name}_PAD`, table.pad)
      for (const name of Object.keys(younger)) if (!expected.has(name)) ours.delete(name)
      expect(Object.fromEntries(ours), table.name).toEqual(Object.fromEntries(expected))
    }
  })

  test('every enum of attributes in the headers is one of our tables', () => {
    const names = new Set(tables.flatMap((table) => table.slots.map((slot) => slot.name)))
    const firsts = enums
      .map((constants) => attributesOf(constants).map(([name]) => name))
      .filter((list) =>
        /^(NFQA|NFULA|CTA|NFCTH|NFNL_BATCH|NLMSGERR|NL_POLICY|INET_DIAG_(?!BC_)|INET_ULP|NFTA|FRA)_?/.test(
          list[0] ?? '',
        ),
      )
    const missing = firsts.filter((list) => !list.some((name) => names.has(name))).map((list) => list[0])
    // Older names of CTA_SEQADJ_*, what every list holds, and flags.
    expect(missing).toEqual(['CTA_NAT_SEQ_CORRECTION_POS', 'NFTA_LIST_ELEM', 'NFTA_FIB_F_SADDR'])
  })

  test('the padding attributes are these', () => {
    expect(tables.flatMap((table) => (table.pad === undefined ? [] : [`${table.name}_PAD`])).sort()).toEqual(
      pads.sort(),
    )
  })

  test('every message type has the kernel’s name and number', () => {
    // Those of transactions are a sum, and those of sockets are defined, not enumerated.
    const defined: Constants = Object.assign(
      { NFNL_MSG_BATCH_BEGIN: 0x10, NFNL_MSG_BATCH_END: 0x11 },
      ...readHeader(headers.sockDiag),
      ...readHeader(headers.rtnetlink),
    )
    const numbers: Constants = Object.assign({}, defined, ...enums)
    for (const { name, type } of messageTypes)
      if (name in numbers || !(name in younger)) expect([name, type & 0xff]).toEqual([name, numbers[name]])
    const names = new Set(messageTypes.map(({ name }) => name))
    const theirs = Object.keys(numbers).filter(
      (name) => /^(NFQNL|NFULNL|IPCTNL|NFNL|NFT)_MSG_/.test(name) && !name.endsWith('_MAX'),
    )
    expect(theirs.filter((name) => !names.has(name))).toEqual([])
  })

  const { queue, log, common, tcp, sctp, nfnetlink, netlink, netfilter, bridge, helper } = headers

  /** Our names, the header, its prefix, what it has there that is none of them, and what we have that it lacks. */
  const values: readonly [string, Constants, string, string, RegExp, string[]][] = [
    ['queueCommand', codec.queueCommand, queue, 'NFQNL_CFG_CMD_', /^$/, []],
    ['copyMode', codec.copyMode, queue, 'NFQNL_COPY_', /^$/, []],
    ['queueFlags', codec.queueFlags, queue, 'NFQA_CFG_F_', /^MAX$/, []],
    ['logCommand', codec.logCommand, log, 'NFULNL_CFG_CMD_', /^$/, []],
    ['logCopyMode', codec.logCopyMode, log, 'NFULNL_COPY_', /^$/, []],
    ['logFlags', codec.logFlags, log, 'NFULNL_CFG_F_', /^$/, []],
    ['skbInfo', codec.skbInfo, queue, 'NFQA_SKB_', /^INFO$/, []],
    // IS_REPLY is an offset; NEW_REPLY is never sent. 7 is the kernel's own and leaks to us for untracked packets.
    ['ctInfo', codec.ctInfo, common, 'IP_CT_', /^(IS_REPLY|NUMBER|NEW_REPLY)$/, ['UNTRACKED']],
    ['status', codec.status, common, 'IPS_', /_BIT$|_MASK$/, []],
    ['expectFlags', codec.expectFlags, common, 'NF_CT_EXPECT_', /^$/, []],
    // LISTEN is the older name of SYN_SENT2; the rest after MAX are not states but timeouts.
    ['tcpState', codec.tcpState, tcp, 'TCP_CONNTRACK_', /^(LISTEN|MAX|IGNORE|RETRANS|UNACK|TIMEOUT_MAX)$/, []],
    // The last two have prefixes of their own: IP_CT_EXP_CHALLENGE_ACK, IP_CT_TCP_SIMULTANEOUS_OPEN.
    ['tcpFlags', codec.tcpFlags, tcp, 'IP_CT_TCP_FLAG_', /^$/, ['CHALLENGE_ACK', 'SIMULTANEOUS_OPEN']],
    ['sctpState', codec.sctpState, sctp, 'SCTP_CONNTRACK_', /^MAX$/, []],
    ['subsystem', codec.subsystem, nfnetlink, 'NFNL_SUBSYS_', /^COUNT$/, ['HOOK']],
    ['group', codec.group, nfnetlink, 'NFNLGRP_', /^(NONE|MAX)$/, []],
    ['socketGroup', codec.socketGroup, headers.sockDiag, 'SKNLGRP_', /^(NONE|MAX)$/, []],
    ['control', codec.control, netlink, 'NLMSG_', /^(ALIGNTO|HDRLEN|MIN_TYPE)$/, []],
    ['family', codec.family, netfilter, 'NFPROTO_', /^(NUMPROTO|DECNET)$/, []],
    // Rule sets call them input and output; brouting is the bridge family's own.
    [
      'hook',
      codec.hook,
      netfilter,
      'NF_INET_',
      /^(NUMHOOKS|INGRESS|LOCAL_IN|LOCAL_OUT)$/,
      ['INPUT', 'OUTPUT', 'BROUTING'],
    ],
    // QUEUE_NR and the flags are parts of a queue verdict.
    ['verdict', codec.verdict, netfilter, 'NF_', /^(VERDICT_|INET_|MAX_VERDICT|NETDEV_|DROP_)/, []],
  ]

  test.each(values)('%s', (_, names, header, prefix, others, extra) => {
    const fold = (name: string) => name.replaceAll('_', '')
    const all: Constants = Object.assign({}, ...readHeader(header))
    const theirs = Object.entries(all)
      .filter(([name]) => name.startsWith(prefix) && !others.test(name.slice(prefix.length)))
      .map(([name, value]) => [fold(name.slice(prefix.length)), value])
    const ours = Object.entries(names).map(([key, value]) => [fold(codec.kernelName('', key)), value])
    const lacking = new Map(theirs as [string, number][])
    const compared = ours.filter(([name]) => lacking.has(name as string) || !extra.map(fold).includes(name as string))
    expect(Object.fromEntries(compared)).toEqual(Object.fromEntries(theirs))
  })

  test('those with a prefix of their own', () => {
    const tcpHeader: Constants = Object.assign({}, ...readHeader(tcp))
    expect(codec.tcpFlags.challengeAck).toBe(tcpHeader['IP_CT_EXP_CHALLENGE_ACK'])
    expect(codec.tcpFlags.simultaneousOpen).toBe(tcpHeader['IP_CT_TCP_SIMULTANEOUS_OPEN'])
    const bridgeHeader: Constants = Object.assign({}, ...readHeader(bridge))
    const inet: Constants = Object.assign({}, ...readHeader(netfilter))
    expect([codec.hook.input, codec.hook.output]).toEqual([inet['NF_INET_LOCAL_IN'], inet['NF_INET_LOCAL_OUT']])
    expect(codec.hook.brouting).toBe(bridgeHeader['NF_BR_BROUTING'])
    const status: Constants = Object.assign({}, ...readHeader(helper))
    expect(codec.helper.rows.status.type.names).toEqual({
      disabled: status['NFCT_HELPER_STATUS_DISABLED'],
      enabled: status['NFCT_HELPER_STATUS_ENABLED'],
    })
  })

  test('message flags', () => {
    const flags: Constants = Object.assign({}, ...readHeader(netlink))
    const spelled = { dumpInterrupted: 'dumpIntr', exclusive: 'excl' } as { [key: string]: string }
    for (const [key, value] of Object.entries(codec.messageFlags)) {
      // NLM_F_DUMP is a union of two flags.
      expect([key, value]).toEqual([key, flags[kernelName('NLM_F', spelled[key] ?? key)]])
    }
  })

  test('layer-4 protocol and error numbers', () => {
    const protocols: Constants = Object.assign({}, ...readHeader(headers.in), ...readHeader(headers.in6))
    const theirs: { readonly [key: string]: string } = {
      hopByHop: 'HOPOPTS',
      ipv4: 'IPIP',
      noNextHeader: 'NONE',
      destinationOptions: 'DSTOPTS',
    }
    for (const [key, value] of Object.entries(ipProtocol)) {
      expect([key, value]).toEqual([key, protocols[`IPPROTO_${theirs[key] ?? key.toUpperCase()}`]])
    }
    const numbers: Constants = Object.assign({}, ...readHeader(headers.errnoBase), ...readHeader(headers.errno))
    for (const [name, value] of Object.entries(codec.errno)) {
      // ENOTSUPP is not in the headers: it is the kernel's own and leaks.
      if (name !== 'ENOTSUPP') expect([name, value]).toEqual([name, numbers[name]])
    }
  })

  test('these are in no header: filter flags and DCCP states are the kernel’s own', () => {
    const everything: Constants = Object.assign({}, ...Object.values(headers).flatMap(readHeader))
    expect(Object.keys(everything).filter((name) => /CTA_FILTER_F|CT_DCCP/.test(name))).toEqual([])
  })
})

test('ids and names are unique within a table', () => {
  for (const { slots, byId } of tables) {
    expect(new Set(slots.map((slot) => slot.attr.id)).size).toBe(slots.length)
    expect(new Set(slots.map((slot) => slot.name)).size).toBe(slots.length)
    expect(byId.filter((slot) => slot !== undefined).length).toBe(slots.length)
  }
})
