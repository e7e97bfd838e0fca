import { formatAddress, formatHardwareAddress, formatHex } from '@nfkit/inet'
import { describe, expect, test } from 'vitest'
import { type Attrs, align, type Message, type Slot, type Table, tableOf, u16 } from '../src/index.ts'
import { netfilterOf } from '../src/nfnetlink/header.ts'
import { surface as codec, everything } from './everything.ts'
import { readRecordings } from './pcap.ts'
import { dissect, type TsharkField, tsharkInstalled } from './tshark.ts'

const folder = new URL('./vectors/', import.meta.url)

/** The cooked header in front of each datagram. */
const cooked = 16

/** What tshark prints that is none of the codec's: the capture's own header. */
const ofTheCapture = new Set(['netlink.hatype', 'netlink.family'])

/** Which of tshark's fields has the id of an attribute of a table. */
const idField = new Map<Table, string>([
  [codec.conntrack, 'ct.attr'],
  [codec.nfqa, 'queue.attr'],
  [codec.queueConfig, 'queue.config_attr'],
  [codec.tuple, 'nfct_tuple'],
  [codec.tupleIp, 'nfct_tuple.ip'],
  [codec.tupleProto, 'nfct_tuple.proto'],
  [codec.help, 'ct_help_attr'],
])

/** Which of tshark's fields has the value of an attribute, or of a field of its struct. */
const valueField: { readonly [name: string]: string } = {
  CTA_IP_V4_SRC: 'nfct_tuple.ip.ip_addr',
  CTA_IP_V4_DST: 'nfct_tuple.ip.ip_addr',
  CTA_IP_V6_SRC: 'nfct_tuple.ip.ip6_addr',
  CTA_IP_V6_DST: 'nfct_tuple.ip.ip6_addr',
  CTA_PROTO_NUM: 'nfct_tuple.proto.num',
  CTA_PROTO_SRC_PORT: 'nfct_tuple.proto.src_port',
  CTA_PROTO_DST_PORT: 'nfct_tuple.proto.dst_port',
  CTA_STATUS: 'ct_attr.status',
  CTA_TIMEOUT: 'ct_attr.timeout',
  CTA_ID: 'ct_attr.id',
  CTA_HELP_NAME: 'ct_help_attr.help_name',
  'NFQA_PACKET_HDR.packetId': 'queue.packet.id',
  'NFQA_PACKET_HDR.hwProtocol': 'queue.packet.protocol',
  'NFQA_PACKET_HDR.hook': 'queue.packet.hook',
  'NFQA_VERDICT_HDR.verdict': 'queue.verdict.verdict',
  'NFQA_VERDICT_HDR.id': 'queue.verdict.id',
  'NFQA_HWADDR.hwAddrlen': 'queue.hwaddr.len',
  'NFQA_HWADDR.hwAddr': 'queue.hwaddr.addr',
  NFQA_MARK: 'queue.nfmark',
  NFQA_TIMESTAMP: 'queue.timestamp',
  NFQA_IFINDEX_INDEV: 'queue.ifindex_indev',
  NFQA_IFINDEX_OUTDEV: 'queue.ifindex_outdev',
  NFQA_CT_INFO: 'queue.ct_info',
  NFQA_CAP_LEN: 'queue.caplen',
  NFQA_UID: 'queue.uid',
  NFQA_GID: 'queue.gid',
  'NFQA_CFG_CMD.command': 'queue.config.command.command',
  'NFQA_CFG_CMD.pf': 'queue.config.command.pf',
  'NFQA_CFG_PARAMS.copyRange': 'queue.config.params.copy_range',
  'NFQA_CFG_PARAMS.copyMode': 'queue.config.params.copy_mode',
  NFQA_CFG_QUEUE_MAXLEN: 'queue.config.queue_maxlen',
  NFQA_CFG_MASK: 'queue.config.mask',
  NFQA_CFG_FLAGS: 'queue.config.flags',
}

const flagBits = {
  ...{ request: 0x1, multi: 0x2, ack: 0x4, echo: 0x8, dump_intr: 0x10, dump_filtered: 0x20 },
  ...{ root: 0x100, match: 0x200, atomic: 0x400, replace: 0x100, excl: 0x200, create: 0x400, append: 0x800 },
}

type Facts = Map<string, string | number>

/** What we read, by tshark's name and place. `met` gets the names of the attributes that have values. */
function factsOf(datagram: Uint8Array, met: Set<string>): Facts {
  const facts: Facts = new Map()
  for (const message of codec.messages(datagram)) {
    addHeader(facts, message)
    const { type, start, end } = message
    if (type === codec.control.error) {
      facts.set(`netlink.error@${start + 16 + cooked}`, 0 - codec.decodeAck(message).errno)
      addHeader(facts, codec.echoedMessage(message))
    } else if (type >= 16 && end - start >= 20) {
      addNetfilterHeader(facts, message)
      addAttrs(facts, met, tableOf(everything, type, message.flags), netfilterOf(message).attrs)
    }
  }
  return facts
}

function addHeader(facts: Facts, message: Message): void {
  const at = message.start + cooked
  facts.set(`netlink.hdr_len@${at}`, codec.u32(message.bytes, message.start))
  facts.set(`netlink.hdr_type@${at + 4}`, message.type)
  facts.set(`netlink.hdr_flags@${at + 6}`, message.flags)
  for (const [name, bit] of Object.entries(flagBits)) {
    facts.set(`netlink.hdr_flags.${name}@${at + 6}`, message.flags & bit ? 1 : 0)
  }
  facts.set(`netlink.hdr_seq@${at + 8}`, message.sequence)
  facts.set(`netlink.hdr_pid@${at + 12}`, message.portId)
}

function addNetfilterHeader(facts: Facts, message: Message): void {
  const at = message.start + cooked
  facts.set(`netlink-netfilter.subsys@${at + 4}`, message.type >> 8)
  for (const kind of ['queue_type', 'exp_type']) facts.set(`netlink-netfilter.${kind}@${at + 4}`, message.type & 0xff)
  facts.set(`netlink-netfilter.family@${at + 16}`, netfilterOf(message).family)
  facts.set(`netlink-netfilter.version@${at + 17}`, netfilterOf(message).version)
  facts.set(`netlink-netfilter.res_id@${at + 18}`, netfilterOf(message).resourceId)
}

function addAttrs(facts: Facts, met: Set<string>, table: Table, attrs: Attrs): void {
  const { bytes, end } = attrs
  for (let p = attrs.start; p + 4 <= end; p += align(u16(bytes, p))) {
    const length = u16(bytes, p)
    const type = u16(bytes, p + 2)
    const at = p + cooked
    facts.set(`netlink.attr_len@${at}`, length)
    facts.set(`netlink.attr_type@${at + 2}`, type)
    facts.set(`netlink.attr_type.nested@${at + 2}`, type >> 15)
    facts.set(`netlink.attr_type.net_byteorder@${at + 2}`, (type >> 14) & 1)
    facts.set(`netlink-netfilter.${idField.get(table)}@${at + 2}`, type & 0x3fff)
    const slot = table.byId[type & 0x3fff]
    const payload = new codec.Attrs(bytes, p + 4, p + length)
    facts.set(`netlink.attr_data@${at + 4}`, formatHex(bytes.subarray(p + 4, p + length)).replace(/..(?=.)/g, '$&:'))
    if (slot?.attr.type.table !== undefined) addAttrs(facts, met, slot.attr.type.table, payload)
    else if (slot !== undefined) {
      met.add(slot.name)
      addValue(facts, slot, new codec.Attrs(bytes, p, p + length).get(slot.attr), at + 4)
    }
  }
}

function addValue(facts: Facts, { name, attr }: Slot, value: unknown, at: number): void {
  const add = (field: string, at: number, value: unknown) =>
    facts.set(`netlink-netfilter.${valueField[field] ?? field}@${at}`, printed(field, value))
  add(name, at, value)
  for (const field of attr.type.fields) {
    const item = (value as { readonly [key: string]: unknown })[field.key]
    if (item !== undefined) add(`${name}.${field.key}`, at + field.at, item)
  }
  if (name !== 'CTA_STATUS') return
  for (const [key, bit] of Object.entries(codec.status)) {
    const field = codec.kernelName('', key).slice(1).toLowerCase()
    facts.set(`netlink-netfilter.ct_attr.status.${field}@${at}`, (value as number) & bit ? 1 : 0)
  }
}

/** As tshark would print it. */
function printed(field: string, value: unknown): string | number {
  if (typeof value === 'number' || typeof value === 'string') return value
  if (field === 'NFQA_TIMESTAMP') return timestamp(value as { sec: bigint; usec: bigint })
  // tshark shows as many bytes as the length before them says; in these recordings that is six.
  if (field === 'NFQA_HWADDR.hwAddr') return formatHardwareAddress((value as Uint8Array).subarray(0, 6))
  return value instanceof Uint8Array ? formatAddress(value) : String(value)
}

/** tshark's mistake: it takes the microseconds for nanoseconds. */
function timestamp({ sec, usec }: { sec: bigint; usec: bigint }): string {
  const [, , day, month, year, time] = /(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(
    new Date(Number(sec) * 1000).toUTCString(),
  )!
  return `${month} ${day!.replace(/^0/, ' ')}, ${year} ${time}.${String(usec).padStart(9, '0')} UTC`
}

/** tshark's mistake: it reads these in host order, but the kernel reads what we send as big-endian. */
const hostOrder = /queue\.config\.(flags|mask|queue_maxlen)$/

/** tshark's mistake: it takes statistics for connections, since their messages share a subsystem. */
const isStatistics = (fields: readonly TsharkField[]): boolean =>
  fields.some(({ name, show }) => name === 'netlink.hdr_type' && /0x010[345]/.test(show)) &&
  fields.some(({ name, show }) => name === 'netlink.hdr_flags.request' && show === '0')
const takenForConnection = /^netlink-netfilter\.ct[._]/

const turned = (value: number): number =>
  new DataView(Uint32Array.of(value).buffer).getUint32(0, new Uint8Array(Uint16Array.of(1).buffer)[0] === 0)

describe.skipIf(!tsharkInstalled)('tshark reads the recordings as we do', () => {
  const compared = new Map<string, number>()
  const met = new Set<string>()

  test.each([...readRecordings(folder)])('%s', (name, datagrams) => {
    const frames = dissect(new URL(`${name}.pcap`, folder))
    const netfilter = frames.filter((fields) =>
      fields.some(({ name, show }) => name === 'netlink.family' && show === '0x000c'),
    )
    expect(netfilter.length).toBe(datagrams.length)
    netfilter.forEach((fields, i) => {
      const facts = factsOf(datagrams[i]!, met)
      const statistics = isStatistics(fields)
      for (const { name, at, show } of fields) {
        if (ofTheCapture.has(name) || (statistics && takenForConnection.test(name))) continue
        const ours = facts.get(`${name}@${at}`)
        const theirs = typeof ours !== 'number' ? show : hostOrder.test(name) ? turned(Number(show)) : Number(show)
        expect({ frame: i + 1, name, at, value: ours }).toEqual({ frame: i + 1, name, at, value: theirs })
        compared.set(name, (compared.get(name) ?? 0) + 1)
      }
    })
  })

  test('every field we have a name for was there to be compared', () => {
    const fields = new Set(Object.values(valueField).map((field) => `netlink-netfilter.${field}`))
    expect([...fields].filter((field) => !compared.has(field))).toEqual([])
    expect([...compared.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(50_000)
  })

  test('these attributes of the recordings are only bytes to tshark 4.0, or wrong', () => {
    const named = new Set(Object.keys(valueField).map((name) => name.split('.')[0]!))
    expect([...met].filter((name) => !named.has(name)).sort()).toMatchInlineSnapshot(`
      [
        "CTA_COUNTERS_BYTES",
        "CTA_COUNTERS_PACKETS",
        "CTA_LABELS",
        "CTA_LABELS_MASK",
        "CTA_MARK",
        "CTA_MARK_MASK",
        "CTA_NAT_V4_MINIP",
        "CTA_PROTOINFO_DCCP_HANDSHAKE_SEQ",
        "CTA_PROTOINFO_DCCP_ROLE",
        "CTA_PROTOINFO_DCCP_STATE",
        "CTA_PROTOINFO_SCTP_STATE",
        "CTA_PROTOINFO_SCTP_VTAG_ORIGINAL",
        "CTA_PROTOINFO_SCTP_VTAG_REPLY",
        "CTA_PROTOINFO_TCP_FLAGS_ORIGINAL",
        "CTA_PROTOINFO_TCP_FLAGS_REPLY",
        "CTA_PROTOINFO_TCP_STATE",
        "CTA_PROTOINFO_TCP_WSCALE_ORIGINAL",
        "CTA_PROTOINFO_TCP_WSCALE_REPLY",
        "CTA_PROTONAT_PORT_MAX",
        "CTA_PROTONAT_PORT_MIN",
        "CTA_PROTO_ICMPV6_CODE",
        "CTA_PROTO_ICMPV6_ID",
        "CTA_PROTO_ICMPV6_TYPE",
        "CTA_PROTO_ICMP_CODE",
        "CTA_PROTO_ICMP_ID",
        "CTA_PROTO_ICMP_TYPE",
        "CTA_STATS_CHAIN_TOOLONG",
        "CTA_STATS_CLASH_RESOLVE",
        "CTA_STATS_DROP",
        "CTA_STATS_EARLY_DROP",
        "CTA_STATS_ERROR",
        "CTA_STATS_EXP_CREATE",
        "CTA_STATS_EXP_DELETE",
        "CTA_STATS_EXP_NEW",
        "CTA_STATS_FOUND",
        "CTA_STATS_GLOBAL_ENTRIES",
        "CTA_STATS_GLOBAL_MAX_ENTRIES",
        "CTA_STATS_INSERT",
        "CTA_STATS_INSERT_FAILED",
        "CTA_STATS_INVALID",
        "CTA_STATS_SEARCH_RESTART",
        "CTA_STATUS_MASK",
        "CTA_SYNPROXY_ISN",
        "CTA_SYNPROXY_ITS",
        "CTA_SYNPROXY_TSOFF",
        "CTA_TIMESTAMP_START",
        "CTA_TIMESTAMP_STOP",
        "CTA_USE",
        "CTA_ZONE",
        "NFQA_PAYLOAD",
        "NFQA_SKB_INFO",
        "NFTA_CHAIN_NAME",
        "NFTA_CHAIN_TABLE",
        "NFTA_CHAIN_TYPE",
        "NFTA_DATA_VALUE",
        "NFTA_EXPR_DATA",
        "NFTA_EXPR_NAME",
        "NFTA_GEN_ID",
        "NFTA_GEN_PROC_NAME",
        "NFTA_GEN_PROC_PID",
        "NFTA_HOOK_HOOKNUM",
        "NFTA_HOOK_PRIORITY",
        "NFTA_RULE_CHAIN",
        "NFTA_RULE_TABLE",
        "NFTA_SET_DESC_SIZE",
        "NFTA_SET_ELEM_LIST_SET",
        "NFTA_SET_ELEM_LIST_SET_ID",
        "NFTA_SET_ELEM_LIST_TABLE",
        "NFTA_SET_FLAGS",
        "NFTA_SET_ID",
        "NFTA_SET_KEY_LEN",
        "NFTA_SET_KEY_TYPE",
        "NFTA_SET_NAME",
        "NFTA_SET_TABLE",
        "NFTA_SET_USERDATA",
        "NFTA_TABLE_FLAGS",
        "NFTA_TABLE_NAME",
      ]
    `)
  })
})
