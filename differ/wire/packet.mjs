import { formatEnd, ipProtocol, parseHex } from '@nfkit/inet'
import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import { internetChecksum, parseIp } from '@nfkit/ip-codec'
import { fragments, hopByHop, icmp, ipPacket, sctp, tcp, udp } from '@nfkit/ip-codec/build'

/** The bytes of a packet that is described; `identification` tells its fragments from those of other programs. */
export function packetsFrom(description, identification) {
  const packet = packetFrom(description)
  const { fragment, order } = description
  return fragment === undefined ? [packet] : orders[order](fragments(packet, fragment, identification))
}

/** The fragment that does not come of a packet that is described, if one does not. */
export function lackingOf(description, identification) {
  const { fragment, order } = description
  return order === 'lacking' ? fragments(packetFrom(description), fragment, identification).slice(-1) : []
}

/** Ways in which fragments come. */
const orders = {
  straight: (parts) => parts,
  reversed: (parts) => parts.toReversed(),
  doubled: (parts) => [parts[0], ...parts],
  lacking: (parts) => parts.slice(0, -1),
}

export function packetFrom(description) {
  const { cut, wrong } = description
  const whole = builders[description.proto](description, fieldsOf(description))
  const packet = cut === undefined ? whole : shortened(whole, cut)
  if (wrong) spoil(packet)
  return packet
}

const isIpv4 = ({ from }) => !from.includes(':')

/** The kernel's own answers have a time to live of 64, and are told apart by it. A raw socket would replace an id of 0. */
function fieldsOf({ from, ttl = 61, tos = 0, extended }) {
  const fields = { ttl, dscp: tos >> 2, ecn: tos & 3, identification: 1, dontFragment: false }
  if (!extended) return fields
  return isIpv4({ from })
    ? { ...fields, ipOptions: Uint8Array.of(1, 1, 1, 0) }
    : { ...fields, extensions: [hopByHop()] }
}

const addresses = ({ from, to }) => ({ source: from, destination: to })
const ends = ({ from, to, ports: [one, other] }) =>
  `${formatEnd({ address: from, port: one })} > ${formatEnd({ address: to, port: other })}`
const payload = ({ bytes = 0 }) => new Uint8Array(bytes).fill(0x78)

const flagNames = { F: 'fin', S: 'syn', R: 'rst', P: 'psh', A: 'ack', U: 'urg', E: 'ece', C: 'cwr' }

const builders = {
  udp(of, fields) {
    const packet = udp(ends(of), { payload: payload(of), checksum: !of.unsummed, ...fields })
    if (of.length !== undefined) putBe16(packet, parseIp(packet).payloadStart + 4, of.length)
    return packet
  },
  tcp(of, fields) {
    const set = Object.fromEntries([...of.flags].map((letter) => [flagNames[letter], true]))
    const options = of.options ? [{ kind: 'malformed', data: parseHex(of.options) }] : []
    const { seq: sequence, ack: acknowledgment, window } = of
    return tcp(ends(of), { ...set, sequence, acknowledgment, window, options, payload: payload(of), ...fields })
  },
  icmp: (of, fields) =>
    icmp(`${of.from} > ${of.to}`, {
      type: of.type,
      code: of.code,
      rest: of.id * 0x1_0000 + 1,
      payload: payload(of),
      ...fields,
    }),
  error(of, fields) {
    const about = packetFrom(of.about)
    const quote = about.subarray(0, Math.min(of.quote ?? 1200, 1200))
    return icmp(`${of.from} > ${of.to}`, { type: of.type, code: of.code, payload: quote, ...fields })
  },
  sctp: (of, fields) =>
    sctp(ends(of), {
      verificationTag: of.tag,
      chunks: of.chunks.map(({ type, flags, tag }) => ({ type, flags, value: chunkValue(type, tag) })),
      ...fields,
    }),
  gre: (of, fields) => ipPacket(addresses(of), ipProtocol.gre, parseHex(of.gre), fields),
  udplite(of, fields) {
    const transport = new Uint8Array(8 + (of.bytes ?? 0))
    ported(transport, of)
    putBe16(transport, 4, of.coverage)
    return ipPacket(addresses(of), ipProtocol.udplite, transport, fields)
  },
  dccp(of, fields) {
    const transport = new Uint8Array(28 + (of.bytes ?? 0))
    ported(transport, of)
    transport.set([7, 0], 4)
    transport[8] = (of.type << 1) | 1
    return ipPacket(addresses(of), ipProtocol.dccp, transport, fields)
  },
  other: (of, fields) => ipPacket(addresses(of), of.number, payload(of), fields),
}

function ported(transport, { ports: [from, to] }) {
  putBe16(transport, 0, from)
  putBe16(transport, 2, to)
}

/** INIT and INIT_ACK name the tag of who sends them. */
function chunkValue(type, tag) {
  const value = new Uint8Array(type === 1 || type === 2 ? 16 : 4)
  putBe32(value, 0, tag)
  return value
}

/** The packet with so many bytes behind its network header, and lengths that say so. */
function shortened(packet, size) {
  const { payloadStart, version } = parseIp(packet)
  const short = packet.slice(0, Math.min(packet.length, payloadStart + size))
  putBe16(short, version === 4 ? 2 : 4, version === 4 ? short.length : short.length - 40)
  if (version === 4) {
    putBe16(short, 10, 0)
    putBe16(short, 10, internetChecksum(short, 0, payloadStart))
  }
  return short
}

const checksumAt = { 6: 16, 17: 6, 1: 2, 58: 2, 132: 8, 136: 6, 33: 6 }

/** A checksum that is wrong. */
function spoil(packet) {
  const { payloadStart, protocol } = parseIp(packet)
  const at = payloadStart + (checksumAt[protocol] ?? 0)
  if (at < packet.length) packet[at] ^= 0x55
}
