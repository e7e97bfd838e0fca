import { NotAPacket } from './not-a-packet.ts'

const other = {
  4: new NotAPacket('not an IPv4 packet, though its frame says so: a kernel drops it'),
  6: new NotAPacket('not an IPv6 packet, though its frame says so: a kernel drops it'),
}

/** Where the header of an IP version starts that a frame says it has; a header that is cut off may be any. */
export function ipHeader(bytes: Uint8Array, at: number, version: 4 | 6): number | NotAPacket {
  return at < bytes.length && bytes[at]! >> 4 !== version ? other[version] : at
}
