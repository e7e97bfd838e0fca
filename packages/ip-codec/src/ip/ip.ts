import { Ipv4 } from './ipv4.ts'
import { Ipv6 } from './ipv6.ts'
import { type IpProblem, ipv4Problem, ipv6Problem } from './problem.ts'

/** A packet of either version: `version` tells them apart, and most getters are on both. */
export type IpPacket = Ipv4 | Ipv6

/**
 * The packet in `bytes[start, end)`, from its IP header on; `undefined` when that is no IP packet (`ipProblem` says why). Nothing is
 * copied: the view reads `bytes` when asked. Bytes after the packet's own end are not part of it.
 *
 * @example
 * import { parseIp } from '@nfkit/ip-codec'
 * import { tcp } from '@nfkit/ip-codec/build'
 *
 * const ip = parseIp(tcp('192.0.2.1:1000 > 198.51.100.1:443', { syn: true }))
 * console.log(ip?.source, ip?.tcp?.destinationPort, ip?.tcp?.syn) // 192.0.2.1 443 true
 */
export function parseIp(bytes: Uint8Array, start = 0, end = bytes.length): IpPacket | undefined {
  return readIp(bytes, start, end, 0, bytes)
}

/**
 * What `parseIp(memory.subarray(start, end))` gives, in one object instead of two: the packet's `bytes` are made when they are asked for, once.
 *
 * @example
 * import { parseIpWithin } from '@nfkit/ip-codec'
 * import { udp } from '@nfkit/ip-codec/build'
 *
 * const packet = udp('192.0.2.1:1000 > 198.51.100.1:53')
 * const received = Uint8Array.of(0, 0, 0, 0, ...packet)
 * const ip = parseIpWithin(received, 4, received.length)
 * console.log(ip?.udp?.destinationPort, ip?.start, ip?.bytes.length) // 53 0 28
 */
export function parseIpWithin(memory: Uint8Array, start: number, end: number): IpPacket | undefined {
  return readIp(memory, start, end, start, undefined)
}

function readIp(
  memory: Uint8Array,
  start: number,
  end: number,
  origin: number,
  bytes: Uint8Array | undefined,
): IpPacket | undefined {
  if (start >= end) return undefined
  if (memory[start]! >> 4 === 4) {
    return ipv4Problem(memory, start, end) === undefined ? new Ipv4(memory, start, end, origin, bytes) : undefined
  }
  return ipv6Problem(memory, start, end) === undefined ? new Ipv6(memory, start, end, origin, bytes) : undefined
}

/** Why `parseIp` gives nothing for these bytes, `ipProblems` has it as a sentence; `undefined` when it gives a packet. */
export function ipProblem(bytes: Uint8Array, start = 0, end = bytes.length): IpProblem | undefined {
  return start < end && bytes[start]! >> 4 === 4 ? ipv4Problem(bytes, start, end) : ipv6Problem(bytes, start, end)
}
