import { ipProtocol } from '@nfkit/inet'
import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import { parseIp } from '../ip/ip.ts'
import type { Ipv4 } from '../ip/ipv4.ts'
import type { Ipv6 } from '../ip/ipv6.ts'
import { fillChecksums } from '../rewrite/checksums.ts'
import { BuildError, whole } from './error.ts'

/**
 * The packet in fragments of at most `size` bytes of payload each, a multiple of eight. An IPv6 packet gets a fragment header behind the extension
 * headers it has. Throws `BuildError`.
 *
 * @example
 * import { fragments, udp } from '@nfkit/ip-codec/build'
 *
 * console.log(fragments(udp('10.0.0.1:1 > 10.0.0.2:2', { payload: new Uint8Array(2000) }), 1000).length) // 3
 */
export function fragments(packet: Uint8Array, size: number, identification = 1): Uint8Array[] {
  const ip = parseIp(packet)
  if (ip === undefined || ip.truncated || ip.isFragment)
    throw new BuildError(`${packet.length} bytes`, 'no whole packet')
  if (!(size >= 8) || size % 8 !== 0) throw new BuildError(String(size), 'a size is a multiple of 8')
  const parts: Uint8Array[] = []
  for (let offset = 0; ip.payloadStart + offset < ip.end; offset += size) {
    const at = ip.payloadStart + offset
    const more = at + size < ip.end
    const part = packet.subarray(at, Math.min(at + size, ip.end))
    parts.push(
      ip.version === 4
        ? ipv4Fragment(ip, part, offset, more, whole(identification, 0xffff, 'identification'))
        : ipv6Fragment(ip, part, offset, more, whole(identification, 0xffff_ffff, 'identification')),
    )
  }
  return parts
}

function ipv4Fragment(ip: Ipv4, part: Uint8Array, offset: number, more: boolean, identification: number): Uint8Array {
  const out = new Uint8Array(ip.headerLength + part.length)
  out.set(ip.bytes.subarray(ip.start, ip.payloadStart))
  out.set(part, ip.headerLength)
  putBe16(out, 2, out.length)
  putBe16(out, 4, identification)
  putBe16(out, 6, (more ? 0x2000 : 0) | (offset / 8))
  fillChecksums(parseIp(out)!)
  return out
}

function ipv6Fragment(ip: Ipv6, part: Uint8Array, offset: number, more: boolean, identification: number): Uint8Array {
  const { bytes, start, payloadStart, protocol, extensions } = ip
  const header = payloadStart - start
  const out = new Uint8Array(header + 8 + part.length)
  out.set(bytes.subarray(start, payloadStart))
  const last = extensions.at(-1)
  out[last ? header - last.bytes.length : 6] = ipProtocol.fragment
  out[header] = protocol
  putBe16(out, header + 2, offset | (more ? 1 : 0))
  putBe32(out, header + 4, identification)
  out.set(part, header + 8)
  putBe16(out, 4, out.length - 40)
  return out
}
