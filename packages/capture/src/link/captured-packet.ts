import { type IpPacket, ipProblem, ipProblems, parseIp } from '@nfkit/ip-codec'
import { family, hook as hookNumber } from '@nfkit/netlink-codec/nfnetlink'
import type { CaptureRecord } from '../format/record.ts'
import type { Frame } from './frame.ts'
import { frameOf } from './layer.ts'
import { NotAPacket } from './not-a-packet.ts'

/** Where in the kernel a packet is queued from. */
export type CapturedHook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'

/** What a kernel needs to know to be given a captured packet. */
export interface CapturedPacket {
  /** From the IP header to the packet's own end: link-layer padding is off. */
  readonly bytes: Uint8Array
  /** 2 IPv4, 10 IPv6. */
  readonly family: number
  /** The hook point the packet is delivered to. */
  readonly hook: CapturedHook
  /** Index of the interface the packet came in on; `undefined` for packets that were sent. */
  readonly indev: number | undefined
  /** Index of the interface the packet left by; `undefined` for packets that came in. */
  readonly outdev: number | undefined
  /** The sender's; only of packets that came in. */
  readonly hwaddr: Uint8Array | undefined
  /** Packet mark; only nflog captures have one. */
  readonly mark: number | undefined
  /** Nanoseconds since 1970; only of packets that came in, as in the kernel. */
  readonly timestampNs: bigint | undefined
}

/** How records become packets. */
export interface PacketOptions {
  /**
   * The hook of every packet. When absent it is what the capture says: `input` for packets to the capturing machine, `output` for
   * its own, `forward` for other machines' packets, and `prerouting` where the capture is silent, as Ethernet and raw IP are.
   */
  readonly hook?: CapturedHook | undefined
  /** Interface numbers by name. Others are numbered as the capture does: its own number where it has one, else in file order from 2. */
  readonly interfaces?: { readonly [name: string]: number } | undefined
  /** Packets the capture has cut: skip them (the default), or fill them up with zeros, which spoils their checksums. */
  readonly cut?: 'skip' | 'fill' | undefined
}

/** The packet a record holds, ready for a kernel, or why it holds none. */
export function capturedPacket(record: CaptureRecord, options: PacketOptions = {}): CapturedPacket | NotAPacket {
  const frame = frameOf(record)
  if (frame instanceof NotAPacket) return frame
  const problem = ipProblem(frame.bytes, frame.start)
  if (problem !== undefined) return new NotAPacket(`not an IP packet: ${ipProblems[problem]}`)
  const ip = parseIp(frame.bytes, frame.start)!
  const bytes = wholePacket(ip, record, options)
  if (bytes instanceof NotAPacket) return bytes

  const { logged } = frame
  const hook = options.hook ?? hookOf(record, frame)
  const arrived = hook === 'prerouting' || hook === 'input' || hook === 'forward'
  const interfaceIndex = interfaceNumber(record, frame, options)
  return {
    bytes,
    family: ip.version === 4 ? family.ipv4 : family.ipv6,
    hook,
    indev: logged ? logged.indev : arrived ? interfaceIndex : undefined,
    outdev: logged ? logged.outdev : arrived ? undefined : interfaceIndex,
    hwaddr: arrived ? frame.hwaddr : undefined,
    mark: logged?.mark,
    timestampNs: arrived ? (logged?.timestampNs ?? record.timestampNs) : undefined,
  }
}

function wholePacket(ip: IpPacket, record: CaptureRecord, { cut = 'skip' }: PacketOptions): Uint8Array | NotAPacket {
  const kept = ip.bytes.subarray(ip.start, ip.end)
  const lost = record.originalLength - record.bytes.length
  // A packet too large for its length field is as long as its frame.
  const missing = ip.oversized ? lost : lengthOf(ip) - kept.length
  if (missing <= 0) return kept
  if (cut === 'skip') return lost > 0 ? cutPacket : shortPacket
  const filled = new Uint8Array(kept.length + missing)
  filled.set(kept)
  return filled
}

const cutPacket = new NotAPacket('cut by the capture: capture with a longer snap length, or have it filled up')
const shortPacket = new NotAPacket('shorter than its IP header says, in a frame that was not cut: a kernel drops it')

function lengthOf(ip: IpPacket): number {
  return ip.version === 4 ? ip.totalLength : 40 + ip.payloadLength
}

const hooks = new Map<number, CapturedHook>([
  [hookNumber.prerouting, 'prerouting'],
  [hookNumber.input, 'input'],
  [hookNumber.forward, 'forward'],
  [hookNumber.output, 'output'],
  [hookNumber.postrouting, 'postrouting'],
])

function hookOf({ direction }: CaptureRecord, { destination, logged }: Frame): CapturedHook {
  const told = logged?.hook === undefined ? undefined : hooks.get(logged.hook)
  if (told !== undefined) return told
  if (destination === 'somebody else') return 'forward'
  if (direction === 'outbound' || destination === 'from us') return 'output'
  if (direction === 'inbound' || destination !== undefined) return 'input'
  return 'prerouting'
}

function interfaceNumber({ interface: at }: CaptureRecord, frame: Frame, { interfaces }: PacketOptions): number {
  if (at.name !== undefined && interfaces !== undefined && Object.hasOwn(interfaces, at.name))
    return interfaces[at.name]!
  return frame.interfaceIndex ?? (at.name === 'lo' ? 1 : at.index + 2)
}
