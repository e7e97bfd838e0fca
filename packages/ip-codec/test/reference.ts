/**
 * The lengths and checksums of a packet, computed a second time and the plainest way there is, from the RFCs and without a line of the
 * sources: 16-bit words in bigints, and a CRC bit by bit.
 */

const number = (b: Uint8Array, p: number, n: number): number =>
  b.slice(p, p + n).reduce((value, byte) => value * 256 + byte, 0)

function ones(b: Uint8Array): number {
  let sum = 0n
  for (let p = 0; p < b.length; p += 2) sum += BigInt((b[p] ?? 0) * 256 + (b[p + 1] ?? 0))
  while (sum >> 16n) sum = (sum & 0xffffn) + (sum >> 16n)
  return Number(sum)
}

export function crc(b: Uint8Array): number {
  let state = 0xffff_ffffn
  for (const byte of b) {
    state ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) state = state & 1n ? (state >> 1n) ^ 0x82f6_3b78n : state >> 1n
  }
  return Number(state ^ 0xffff_ffffn)
}

/** All that is wrong with a whole packet; `undefined` as checksum of UDP over IPv4 counts as right. */
export function faults(b: Uint8Array): string[] {
  const out: string[] = []
  const version = b[0]! >> 4
  let protocol: number
  let at: number
  let addresses: Uint8Array
  if (version === 4) {
    at = (b[0]! & 15) * 4
    protocol = b[9]!
    addresses = b.slice(12, 20)
    if (number(b, 2, 2) !== b.length) out.push('total length')
    if (ones(b.slice(0, at)) !== 0xffff) out.push('header checksum')
  } else {
    at = 40
    protocol = b[6]!
    addresses = b.slice(8, 40)
    if (number(b, 4, 2) !== b.length - 40) out.push('payload length')
    while ([0, 43, 44, 60].includes(protocol)) {
      const size = protocol === 44 ? 8 : (b[at + 1]! + 1) * 8
      if (protocol === 43 && b[at + 3]! > 0) {
        const last = b[at + 2] === 4 ? at + 8 : at + size - 16
        addresses.set(b.slice(last, last + 16), 16)
      }
      protocol = b[at]!
      at += size
    }
  }
  const data = b.slice(at)
  if (protocol === 132) {
    const stored = data[8]! + data[9]! * 256 + data[10]! * 65_536 + data[11]! * 16_777_216
    data.fill(0, 8, 12)
    if (crc(data) !== stored) out.push('sctp checksum')
    return out
  }
  if (protocol === 17) {
    if (number(data, 4, 2) !== data.length) out.push('udp length')
    if (number(data, 6, 2) === 0) return version === 4 ? out : [...out, 'no udp checksum']
  }
  const pseudo = new Uint8Array(addresses.length + 8)
  pseudo.set(addresses)
  pseudo.set([data.length >> 24, data.length >> 16, data.length >> 8, data.length, 0, 0, 0, protocol], addresses.length)
  const covered = protocol === 1 ? data : Uint8Array.from([...pseudo, ...data])
  if (ones(covered) !== 0xffff) out.push(`checksum of protocol ${protocol}`)
  return out
}
