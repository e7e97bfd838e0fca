import { formatHardwareAddress } from '@nfkit/inet'
import { type IpPacket, ipProblem, ipProblems, parseIp } from '@nfkit/ip-codec'
import type { CaptureRecord } from '../src/index.ts'
import type { Frame } from '../src/link/frame.ts'
import { frameOf } from '../src/link/layer.ts'
import { NotAPacket } from '../src/link/not-a-packet.ts'

/** What is read here of one record. */
export interface Reading {
  readonly record: CaptureRecord
  /** What its link layer says; absent when it carries no IP that a kernel would take. */
  readonly frame: Frame | undefined
  readonly ip: IpPacket | undefined
  /** Why there is no packet. */
  readonly reason: string | undefined
}

export function readingOf(record: CaptureRecord): Reading {
  const frame = frameOf(record)
  if (frame instanceof NotAPacket) return { record, frame: undefined, ip: undefined, reason: frame.reason }
  const problem = ipProblem(frame.bytes, frame.start)
  const reason = problem && ipProblems[problem]
  return { record, frame, ip: parseIp(frame.bytes, frame.start), reason }
}

/** The names of the layers found, as tshark calls them. */
export function layersOf({ ip }: Reading): { network: string; transport: string } {
  if (ip === undefined) return { network: 'none', transport: 'none' }
  const transport = (['tcp', 'udp', 'icmp', 'icmpv6', 'sctp'] as const).find((name) => ip[name] !== undefined)
  return { network: ip.version === 4 ? 'ip' : 'ipv6', transport: transport ?? 'other' }
}

/** The sender's hardware address, where the link layer has one of six bytes. */
export function hardwareAddressOf({ frame }: Reading): string | undefined {
  return frame?.hwaddr?.length === 6 ? formatHardwareAddress(frame.hwaddr) : undefined
}
