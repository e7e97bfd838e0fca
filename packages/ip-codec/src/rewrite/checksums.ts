import { ipProtocol } from '@nfkit/inet'
import { be16, putBe16 } from '@nfkit/inet/bytes'
import { sctpChecksum } from '../checksum/crc32c.ts'
import { headerChecksum, sumWords, updateChecksum } from '../checksum/internet.ts'
import { le32, putLe32 } from '../checksum/little-endian.ts'
import {
  checksumOffset,
  coversAddresses,
  mayLackChecksum,
  spelled,
  storeTransportChecksum,
} from '../checksum/transport.ts'
import type { IpPacket } from '../ip/ip.ts'
import type { Deltas } from './apply.ts'

/** Carry a packet's checksums forward over changes under them. Fields beyond its bytes, as a quoted packet has them, are left alone. */
export function carryChecksums(ip: IpPacket, { header, pseudo, transport }: Deltas): void {
  const { bytes, start } = ip
  if (ip.version === 4 && header !== 0) putBe16(bytes, start + 10, updateChecksum(ip.checksum, header))
  const at = ip.payloadStart + checksumOffset(ip)
  const delta = transport + (coversAddresses(ip) ? pseudo : 0)
  if (ip.isLaterFragment || at < ip.payloadStart || at + 2 > ip.end || delta === 0) return
  const before = be16(bytes, at)
  if (before === 0 && ip.protocol === ipProtocol.udp) {
    if (!mayLackChecksum(ip)) storeTransportChecksum(ip)
    return
  }
  const after = spelled(updateChecksum(before, delta), ip.protocol)
  // An ICMP echo reply can consist of zeros. Its checksum is then 0xffff; 0 would not verify.
  const mayBeEmpty = ip.protocol === ipProtocol.icmp && after === 0
  putBe16(bytes, at, mayBeEmpty && sumWords(bytes, ip.payloadStart, ip.end) - before === 0 ? 0xffff : after)
}

/** The same for the CRC of SCTP, from the packet before: CRCs are linear, so a wrong one stays wrong by as much. */
export function carryCrc(ip: IpPacket, original: IpPacket): void {
  const before = sctpChecksum(original.bytes, original.payloadStart, original.end)
  const after = sctpChecksum(ip.bytes, ip.payloadStart, ip.end)
  const at = ip.payloadStart + 8
  putLe32(ip.bytes, at, le32(ip.bytes, at) ^ before ^ after)
}

/** Compute and store the checksums of a packet, in place. A checksum over missing bytes, as in a fragment or a cut packet, stays as it is. */
export function fillChecksums(ip: IpPacket): void {
  if (ip.version === 4) putBe16(ip.bytes, ip.start + 10, headerChecksum(ip.bytes, ip.start, ip.headerLength))
  storeTransportChecksum(ip)
}
