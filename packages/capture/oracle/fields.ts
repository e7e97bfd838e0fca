import type { ChecksumState, Icmp, Ipv4, Ipv6, Sctp, Tcp, TcpOption, Udp } from '@nfkit/ip-codec'
import { linktype } from '../src/index.ts'
import { hardwareAddressOf, type Reading } from './reading.ts'

/** A value as it is compared: what tshark prints, or a number however it is printed. */
export type Value = string | number | bigint | boolean | undefined

/** One part of a packet: what a reading says of it. */
export interface Part {
  /** tshark's names of its fields. */
  readonly names: readonly string[]
  /** Each of them with its value; nothing where the reading does not have the part. */
  readonly valuesOf: (reading: Reading) => readonly (readonly [name: string, value: Value])[]
}

/** As tshark numbers them (`proto_checksum_enum_e`). */
const states: { readonly [state in ChecksumState]: number } = { invalid: 0, valid: 1, unknown: 2, absent: 3 }
const checksumState = ({ checksumState: state }: { readonly checksumState: ChecksumState }): number => states[state]

const option = <K extends TcpOption['kind'], V>(
  tcp: Tcp,
  kind: K,
  value: (found: Extract<TcpOption, { kind: K }>) => V,
) => {
  const found = tcp.option(kind)
  return found && value(found)
}

function part<T>(
  of: (reading: Reading) => T | undefined,
  fields: { readonly [name: string]: (part: T) => Value },
): Part {
  const valuesOf = (reading: Reading) => {
    const found = of(reading)
    return found === undefined ? [] : Object.entries(fields).map(([name, value]) => [name, value(found)] as const)
  }
  return { names: Object.keys(fields), valuesOf }
}

const frame = part((reading) => reading.record, {
  'frame.time_epoch': ({ timestampNs }) => epoch(timestampNs),
  'frame.len': ({ originalLength }) => originalLength,
  'frame.cap_len': ({ bytes }) => bytes.length,
})

const ethernet = part(
  (reading) => (reading.record.linktype === linktype.ethernet && reading.frame ? reading : undefined),
  {
    'eth.src': hardwareAddressOf,
  },
)

const cooked = part(
  (reading) =>
    ([linktype.linuxCooked, linktype.linuxCooked2] as number[]).includes(reading.record.linktype) && reading.frame
      ? reading
      : undefined,
  {
    'sll.src.eth': hardwareAddressOf,
    'sll.ifindex': ({ frame: of }) => of?.interfaceIndex,
  },
)

/** Bytes in what tshark counts offsets of fragments in. */
const unit = 8

const ipv4 = part<Ipv4>(({ ip }) => (ip?.version === 4 ? ip : undefined), {
  'ip.hdr_len': (ip) => ip.headerLength,
  'ip.dsfield.dscp': (ip) => ip.dscp,
  'ip.dsfield.ecn': (ip) => ip.ecn,
  'ip.len': (ip) => ip.totalLength,
  'ip.id': (ip) => ip.identification,
  'ip.flags.df': (ip) => ip.dontFragment,
  'ip.flags.mf': (ip) => ip.moreFragments,
  'ip.frag_offset': (ip) => ip.fragmentOffset / unit,
  'ip.ttl': (ip) => ip.ttl,
  'ip.proto': (ip) => ip.protocol,
  'ip.checksum': (ip) => ip.checksum,
  'ip.checksum.status': checksumState,
  'ip.src': (ip) => ip.source,
  'ip.dst': (ip) => ip.destination,
})

const ipv6 = part<Ipv6>(({ ip }) => (ip?.version === 6 ? ip : undefined), {
  'ipv6.tclass.dscp': (ip) => ip.dscp,
  'ipv6.tclass.ecn': (ip) => ip.ecn,
  'ipv6.flow': (ip) => ip.flowLabel,
  'ipv6.plen': (ip) => ip.payloadLength,
  'ipv6.nxt': (ip) => ip.nextHeader,
  'ipv6.hlim': (ip) => ip.hopLimit,
  'ipv6.src': (ip) => ip.source,
  'ipv6.dst': (ip) => ip.destination,
  'ipv6.fraghdr.ident': (ip) => ip.identification,
  'ipv6.fraghdr.offset': (ip) => (ip.identification === undefined ? undefined : ip.fragmentOffset / unit),
  'ipv6.fraghdr.more': (ip) => (ip.identification === undefined ? undefined : ip.moreFragments),
})

const tcp = part<Tcp>(({ ip }) => ip?.tcp, {
  'tcp.srcport': (of) => of.sourcePort,
  'tcp.dstport': (of) => of.destinationPort,
  'tcp.seq_raw': (of) => of.sequence,
  'tcp.ack_raw': (of) => of.acknowledgment,
  'tcp.hdr_len': (of) => of.headerLength,
  // tshark prints the reserved bits as well.
  'tcp.flags.cwr': (of) => of.cwr,
  'tcp.flags.ece': (of) => of.ece,
  'tcp.flags.urg': (of) => of.urg,
  'tcp.flags.ack': (of) => of.ack,
  'tcp.flags.push': (of) => of.psh,
  'tcp.flags.reset': (of) => of.rst,
  'tcp.flags.syn': (of) => of.syn,
  'tcp.flags.fin': (of) => of.fin,
  'tcp.window_size_value': (of) => of.window,
  'tcp.checksum': (of) => of.checksum,
  'tcp.checksum.status': checksumState,
  'tcp.urgent_pointer': (of) => of.urgentPointer,
  'tcp.options.mss_val': (of) => option(of, 'mss', ({ size }) => size),
  'tcp.options.wscale.shift': (of) => option(of, 'windowScale', ({ shift }) => shift),
  'tcp.options.timestamp.tsval': (of) => option(of, 'timestamps', ({ value }) => value),
  'tcp.options.timestamp.tsecr': (of) => option(of, 'timestamps', ({ echo }) => echo),
  'tcp.options.sack_le': (of) => option(of, 'sack', ({ blocks }) => blocks[0]?.left),
  'tcp.options.sack_re': (of) => option(of, 'sack', ({ blocks }) => blocks[0]?.right),
})

const udp = part<Udp>(({ ip }) => ip?.udp, {
  'udp.srcport': (of) => of.sourcePort,
  'udp.dstport': (of) => of.destinationPort,
  'udp.length': (of) => of.length,
  'udp.checksum': (of) => of.checksum,
  'udp.checksum.status': checksumState,
})

type AnyIcmp = Icmp<Ipv4> | Icmp<Ipv6>

const icmp = part<AnyIcmp>(({ ip }) => ip?.icmp, {
  'icmp.type': (of) => of.type,
  'icmp.code': (of) => of.code,
  'icmp.checksum': (of) => of.checksum,
  'icmp.checksum.status': checksumState,
  'icmp.ident': (of) => of.identifier,
  'icmp.seq': (of) => of.sequence,
  'icmp.mtu': (of) => of.mtu,
})

const icmpv6 = part<AnyIcmp>(({ ip }) => ip?.icmpv6, {
  'icmpv6.type': (of) => of.type,
  'icmpv6.code': (of) => of.code,
  'icmpv6.checksum': (of) => of.checksum,
  'icmpv6.checksum.status': checksumState,
  'icmpv6.echo.identifier': (of) => of.identifier,
  'icmpv6.echo.sequence_number': (of) => of.sequence,
  'icmpv6.mtu': (of) => of.mtu,
})

const sctp = part<Sctp>(({ ip }) => ip?.sctp, {
  'sctp.srcport': (of) => of.sourcePort,
  'sctp.dstport': (of) => of.destinationPort,
  'sctp.verification_tag': (of) => of.verificationTag,
  'sctp.checksum': (of) => be32(of.checksum),
  'sctp.checksum.status': checksumState,
  'sctp.chunk_type': (of) => of.chunks[0]?.type,
})

/** What is compared, part by part. */
export const parts: readonly Part[] = [frame, ethernet, cooked, ipv4, ipv6, tcp, udp, icmp, icmpv6, sctp]

/** Seconds since 1970 with nine digits behind the point. */
function epoch(timestampNs: bigint | undefined): string | undefined {
  if (timestampNs === undefined) return undefined
  const [sign, ns] = timestampNs < 0n ? ['-', -timestampNs] : ['', timestampNs]
  return `${sign}${ns / 1_000_000_000n}.${String(ns % 1_000_000_000n).padStart(9, '0')}`
}

/** tshark prints the four bytes as they come, the checksum is a number whose lowest byte comes first. */
function be32(value: number): number {
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0
}
