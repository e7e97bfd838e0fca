import { ipProtocol, parseHex } from '@nfkit/inet'
import { type IpPacket, parseIp } from '@nfkit/ip-codec'
import { family, hook } from '@nfkit/netlink-codec/nfnetlink'
import { BumpAllocator } from '../allocator.ts'
import { Journey } from '../hooks/journey.ts'
import { type HookName, type Route, routeThrough } from '../hooks/route.ts'
import { queueVerdict } from '../hooks/verdict.ts'
import type { Interface, Interfaces } from '../interfaces.ts'
import { assumedTransport, hasOffloadedChecksum, type Layout, layoutIn } from '../layout.ts'
import { Packet, type PacketOrigin, type SkbChecksum } from '../packet.ts'

/** How a packet comes to the kernel. All of it is optional. */
export interface DeliverOptions {
  /** A hook point the packet passes, which says whether it arrives, leaves or is forwarded; `input` by default. */
  readonly hook?: HookName | undefined
  /** `bridge` for frames between the ports of a bridge; else the bytes say it. */
  readonly family?: 'bridge' | undefined
  /** Interfaces by name or index; `lo` by default, where the packet has one. */
  readonly indev?: string | number | undefined
  /** The interface the packet leaves by, by name or index. */
  readonly outdev?: string | number | undefined
  /** Ports of a bridge, under a packet that passes the IP hooks as well (br_netfilter). */
  readonly physindev?: string | number | undefined
  /** The port the packet leaves by. */
  readonly physoutdev?: string | number | undefined
  /** From here to here: the packet leaves over `lo` and comes back in, output to input. */
  readonly loopback?: boolean | undefined
  /** Packet mark; 0 by default. */
  readonly mark?: number | undefined
  /** Packet priority (`skb->priority`); 0 by default. */
  readonly priority?: number | undefined
  /** Hand it to this queue at the named hook; where there is no rule and no table of nf_tables, queue 0 gets it. `null` leaves it alone. */
  readonly queue?: number | null | undefined
  /** Let the packet pass when no program listens to that queue. */
  readonly bypass?: boolean | undefined
  /** Source hardware address: `02:00:00:00:00:01`; the interface's by default. */
  readonly hardwareAddress?: string | undefined
  /** The link-layer header, in the bridge family. */
  readonly linkHeader?: Uint8Array | undefined
  /** A VLAN tag the device took off: control information, and protocol (0x8100). */
  readonly vlan?: { readonly tci: number; readonly proto: number } | undefined
  /** Of the local socket that sent it. */
  readonly uid?: number | undefined
  /** Group of the socket that sent the packet. */
  readonly gid?: number | undefined
  /** Class of the sender's control group (net_cls). */
  readonly classid?: number | undefined
  /** Text of the security module: SELinux, say. */
  readonly secctx?: string | undefined
  /** `partial` on its way out or over `lo`, `verified` when it arrived, for TCP and UDP; `unverified` for others. */
  readonly checksum?: SkbChecksum | undefined
  /** Bytes of payload in each segment, for a super-packet. */
  readonly segmentSize?: number | undefined
  /** When it arrived, nanoseconds since 1970; the kernel knows only while something asks for such times. */
  readonly receivedAt?: bigint | undefined
  /** One of several copies of a packet, which share its connection: what bridges flood. */
  readonly cloned?: boolean | undefined
  /** Leave it out of connection tracking. */
  readonly notrack?: boolean | undefined
}

const memory = new BumpAllocator()

/**
 * Make a packet of bytes, which are copied, and put it where its journey begins. Throws `RangeError` when they are no IP packet, outside
 * the bridge family.
 */
export function journeyOf(
  bytes: Uint8Array,
  options: DeliverOptions,
  interfaces: Interfaces,
  defaultQueue: number | undefined,
): Journey {
  const ip = parseIp(bytes)
  const layout = ip && layoutIn(ip)
  const bridged = options.family === 'bridge'
  if (!layout && !bridged)
    throw new RangeError('these bytes are no IPv4 or IPv6 packet: it starts with the network header')
  const name = options.hook ?? 'input'
  const forwards = options.indev !== undefined && options.outdev !== undefined
  const route = routeThrough(name, forwards, options.loopback ?? false)
  const origin = originOf(options, route, interfaces)
  const queue = options.queue === undefined ? defaultQueue : (options.queue ?? undefined)
  const arrives = !bridged && route.points[0] !== hook.output
  const packet = new Packet(
    memory.copy(ip && arrives ? withoutPadding(bytes, ip) : bytes),
    layout,
    bridged ? family.bridge : layout!.family,
    origin,
    {
      mark: options.mark ?? 0,
      priority: options.priority ?? 0,
      checksum: options.checksum ?? checksumOf(layout, route, origin),
      segmentSize: segmentSizeOf(bytes, layout, options.segmentSize),
      vlan: options.vlan,
      untracked: options.notrack ?? false,
    },
  )
  const fromRawSocket = route.points[0] === hook.output && packet.checksum === 'unverified'
  const isKnown = !(fromRawSocket && packet.family === family.ipv6)
  packet.least = isKnown ? assumedTransport(packet.bytes, layout) : 0
  packet.cloned = options.cloned ?? false
  packet.hasPages = options.segmentSize !== undefined
  return new Journey(packet, route, queue === undefined ? 0 : queueVerdict(queue, options.bypass ?? false))
}

/** A packet as its header says, when more bytes came with it (pskb_trim_rcsum in ip_rcv_core and ip6_rcv_core). */
const withoutPadding = (bytes: Uint8Array, { end }: IpPacket): Uint8Array =>
  end < bytes.length ? bytes.subarray(0, end) : bytes

/** What fits into one segment is no super-packet. */
function segmentSizeOf(bytes: Uint8Array, layout: Layout | undefined, size = 0): number {
  if (!layout) return size
  const { transport, protocol } = layout
  const header = protocol === ipProtocol.tcp ? 4 * ((bytes[transport + 12] ?? 0) >> 4) : udpHeader
  return bytes.length > transport + header + size ? size : 0
}

const udpHeader = 8

function originOf(options: DeliverOptions, route: Route, interfaces: Interfaces): PacketOrigin {
  const indev = device(interfaces, options.indev ?? (route.needsInput ? 'lo' : undefined))
  const outdev = device(interfaces, options.outdev ?? (route.needsOutput ? 'lo' : undefined))
  let physindev = device(interfaces, options.physindev)
  let physoutdev = device(interfaces, options.physoutdev)
  if (options.family === 'bridge') {
    // The test names the ports; the bridge is known from them.
    physindev ??= device(interfaces, indev?.bridge)
    physoutdev ??= device(interfaces, outdev?.bridge)
  }
  return {
    indev,
    outdev,
    physindev,
    physoutdev,
    hardwareAddress: hardwareAddressOf(options, physindev && options.family !== 'bridge' ? physindev : indev),
    linkHeader: options.linkHeader?.slice(),
    uid: options.uid,
    gid: options.gid,
    classid: options.classid ?? 0,
    secctx: options.secctx,
    receivedAt: options.receivedAt,
  }
}

const device = (interfaces: Interfaces, which: string | number | undefined): Interface | undefined =>
  which === undefined ? undefined : interfaces.get(which)

/** Hardware addresses by their texts: packets come from few neighbours. */
const neighbours = new Map<string, Uint8Array>()
const mostNeighbours = 1024

function hardwareAddressOf({ hardwareAddress }: DeliverOptions, indev: Interface | undefined): Uint8Array | undefined {
  if (hardwareAddress === undefined) return indev?.peerAddress
  const known = neighbours.get(hardwareAddress)
  if (known) return known
  const bytes = parseHex(hardwareAddress.replaceAll(':', ''))
  if (!bytes || bytes.length > 8) throw new RangeError(`${hardwareAddress} is no hardware address`)
  if (neighbours.size >= mostNeighbours) neighbours.clear()
  neighbours.set(hardwareAddress, bytes)
  return bytes
}

function checksumOf(layout: Layout | undefined, route: Route, { indev }: PacketOrigin): SkbChecksum {
  if (!layout || !hasOffloadedChecksum(layout.protocol)) return 'unverified'
  return route.points[0] === hook.output || indev?.name === 'lo' ? 'partial' : 'verified'
}
