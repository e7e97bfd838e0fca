import { ipProtocol } from '@nfkit/inet'
import { be32 } from '@nfkit/inet/bytes'
import { parseIp } from '@nfkit/ip-codec'

/** Bytes of a packet that tell it from others. */
const looked = 256

/** Where a protocol's checksum is in its header, and how long it is: a queue completes it, a log has it as it was. */
const checksums: { readonly [protocol: number]: { readonly at: number; readonly size: number } } = {
  [ipProtocol.tcp]: { at: 16, size: 2 },
  [ipProtocol.udp]: { at: 6, size: 2 },
  [ipProtocol.sctp]: { at: 8, size: 4 },
}

/**
 * What a packet and its copy have in common: a number made of its first 256 bytes from the network header on, its length as its header has it, and
 * not its transport checksum. `undefined` for what is no IP packet.
 */
export function identityOf(payload: Uint8Array | undefined): number | undefined {
  const ip = payload && parseIp(payload)
  if (!payload || !ip) return undefined
  const checksum = ip.isLaterFragment ? undefined : checksums[ip.protocol]
  const skipFrom = checksum === undefined ? looked : ip.payloadStart + checksum.at
  const skipTo = skipFrom + (checksum?.size ?? 0)
  let one = 0x811c_9dc5
  let other = 0x9e37_79b9 ^ be32(payload, ip.version === 4 ? 0 : 4)
  for (let i = 0; i < payload.length && i < looked; i++) {
    if (i >= skipFrom && i < skipTo) continue
    one = Math.imul(one ^ payload[i]!, 0x0100_0193)
    other = Math.imul(other ^ payload[i]!, 0x85eb_ca6b)
    other ^= other >>> 13
  }
  return (one >>> 0) * 0x20_0000 + (other & 0x1f_ffff)
}
