import { ipProtocol } from '@nfkit/inet'
import { be16, be32 } from '@nfkit/inet/bytes'
import { errno } from '@nfkit/netlink-codec'
import { ctInfo } from '@nfkit/netlink-codec/nfqueue'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { type ExpressionData, ctStateBits } from '@nfkit/netlink-codec/nftables'
import type { Journey } from '../../hooks/journey.ts'
import type { Interface } from '../../interfaces.ts'
import type { Packet } from '../../packet.ts'
import { Refusal } from '../refusal.ts'
import { host32, load, putHost, putHost64 } from './bytes.ts'
import { type CompileContext, needed, reads, writes } from './context.ts'
import type { Step } from './step.ts'

/** Bytes of a name of an interface, padded with zeros (IFNAMSIZ). */
const nameLength = 16

function padded(text: string): Uint8Array {
  const bytes = new Uint8Array(nameLength)
  new TextEncoder().encodeInto(text, bytes)
  return bytes
}

/** How many bytes a key loads, and what; `undefined` is a packet that does not have it. */
interface Key {
  readonly length: 1 | 2 | 4 | 8 | 16
  readonly read: (journey: Journey, context: CompileContext) => number | bigint | Uint8Array | undefined
}

const number = (length: 1 | 2 | 4, read: Key['read']): Key => ({ length, read })
const name = (which: (journey: Journey) => Interface | undefined): Key => ({
  length: nameLength,
  read: (journey) => padded(which(journey)?.name ?? ''),
})

const ethertype = ({ family: of, bytes }: Packet): Uint8Array =>
  Uint8Array.from((of === family.bridge ? bytes[0]! >> 4 === 6 : of === family.ipv6) ? [0x86, 0xdd] : [0x08, 0x00])
const nfproto = ({ family: of }: Packet): number => of

const metaKeys: { readonly [key: string]: Key } = {
  len: number(4, ({ packet }) => packet.bytes.length),
  protocol: { length: 2, read: ({ packet }) => ethertype(packet) },
  priority: number(4, ({ packet }) => packet.priority),
  mark: number(4, ({ packet }) => packet.mark),
  iif: number(4, ({ indev }) => indev?.index ?? 0),
  oif: number(4, ({ outdev }) => outdev?.index ?? 0),
  iifname: name(({ indev }) => indev),
  oifname: name(({ outdev }) => outdev),
  skuid: number(4, ({ hasSocket, packet }) => (hasSocket ? packet.origin.uid : undefined)),
  skgid: number(4, ({ hasSocket, packet }) => (hasSocket ? packet.origin.gid : undefined)),
  nfproto: number(1, ({ packet }) => nfproto(packet)),
  l4proto: number(1, ({ packet }) => packet.layout?.protocol),
  cpu: number(4, () => 0),
  prandom: number(4, (_, { host }) => host.random()),
  briIifname: name(({ packet }) => packet.origin.physindev),
  briOifname: name(({ packet }) => packet.origin.physoutdev),
  timeNs: { length: 8, read: (_, { host }) => host.wall() },
}

const settable: { readonly [key: string]: (packet: Packet, value: number) => void } = {
  mark: (packet, value) => {
    packet.mark = value
  },
  priority: (packet, value) => {
    packet.priority = value
  },
  nftrace: () => {},
}

function meta({ dreg, sreg, key }: ExpressionData<'meta'>, context: CompileContext): Step {
  if (dreg !== undefined && sreg !== undefined) throw new Refusal(errno.EINVAL)
  if (sreg === undefined) return loading(dreg, typeof key === 'string' ? metaKeys[key] : undefined, context)
  const set = typeof key === 'string' ? settable[key] : undefined
  if (!set) throw new Refusal(errno.EOPNOTSUPP)
  const at = reads(context, sreg, key === 'nftrace' ? 1 : 4)
  return {
    run: ({ journey, registers }) => {
      set(journey.packet, host32(registers, at))
      return undefined
    },
  }
}

function loading(dreg: number | undefined, key: Key | undefined, context: CompileContext): Step {
  if (!key) throw new Refusal(errno.EOPNOTSUPP)
  const { length, read } = key
  const at = writes(context, dreg, length)
  return {
    run: ({ journey, registers }) => {
      const value = read(journey, context)
      if (value === undefined) return 'break'
      if (typeof value === 'number') putHost(registers, at, value, length as 1 | 2 | 4)
      else if (typeof value === 'bigint') putHost64(registers, at, value)
      else load(registers, at, value)
      return undefined
    },
  }
}

const stateOf = ({ connection, ctInfo: info, untracked }: Packet): number => {
  if (untracked) return ctStateBits.untracked
  if (!connection) return ctStateBits.invalid
  if (info === ctInfo.new) return ctStateBits.new
  return info === ctInfo.related || info === ctInfo.relatedReply ? ctStateBits.related : ctStateBits.established
}

/** Keys of which each direction has its own. */
const directed: readonly string[] = ['src', 'dst', 'protoSrc', 'protoDst', 'srcIp', 'dstIp', 'srcIp6', 'dstIp6']
const eitherWay: readonly string[] = ['bytes', 'pkts', 'avgpkt', 'zone']

type Connection = NonNullable<Packet['connection']>

const ctKeys: { readonly [key: string]: (direction: 'original' | 'reply' | undefined) => Key } = {
  state: () => number(4, ({ packet }) => stateOf(packet)),
  direction: () => ofConnection(1, (_, packet) => (packet.isReply ? 1 : 0)),
  status: () => ofConnection(4, ({ status }) => status),
  mark: () => ofConnection(4, ({ mark }) => mark),
  id: () => ofConnection(4, ({ id }) => id),
  l3protocol: () => ofConnection(1, ({ original }) => original.family),
  protocol: () => ofConnection(1, ({ original }) => original.protocol),
  src: (direction) => addressKey(direction, 'source'),
  dst: (direction) => addressKey(direction, 'destination'),
  srcIp: (direction) => addressKey(direction, 'source', 4),
  dstIp: (direction) => addressKey(direction, 'destination', 4),
  srcIp6: (direction) => addressKey(direction, 'source', 16),
  dstIp6: (direction) => addressKey(direction, 'destination', 16),
  protoSrc: (direction) => portKey(direction, 'source'),
  protoDst: (direction) => portKey(direction, 'destination'),
  pkts: (direction) => counted(direction, 'packets'),
  bytes: (direction) => counted(direction, 'bytes'),
  labels: () => ({ length: 16, read: ({ packet }) => packet.connection?.labels ?? (packet.connection && new Uint8Array(16)) }),
  expiration: () => ({
    length: 4,
    read: ({ packet }, { host }) => packet.connection && Math.max(0, Math.round(packet.connection.expires - host.uptime())),
  }),
  helper: () => ({
    length: 16,
    read: ({ packet }) => {
      const helper = packet.connection?.help?.helper
      return helper && padded(helper.name)
    },
  }),
}

const ofConnection = (length: 1 | 2 | 4, read: (connection: Connection, packet: Packet) => number): Key =>
  number(length, ({ packet }) => packet.connection && read(packet.connection, packet))

function addressKey(direction: 'original' | 'reply' | undefined, end: 'source' | 'destination', size?: 4 | 16): Key {
  return {
    length: size ?? 16,
    read: ({ packet }) => {
      const address = packet.connection?.[direction!][end]
      return address && (size === undefined || address.length === size) ? address : undefined
    },
  }
}

function portKey(direction: 'original' | 'reply' | undefined, end: 'source' | 'destination'): Key {
  return {
    length: 2,
    read: ({ packet }) => {
      const tuple = packet.connection?.[direction!]
      const port = tuple && (end === 'source' ? tuple.sourcePort : tuple.destinationPort)
      return port === undefined ? undefined : Uint8Array.of(port >> 8, port)
    },
  }
}

function counted(direction: 'original' | 'reply' | undefined, what: 'packets' | 'bytes'): Key {
  return {
    length: 8,
    read: ({ packet }) => {
      if (!packet.connection) return undefined
      const counters = packet.connection.counters
      if (!counters) return 0n
      const [original, reply] = [counters[0][what], counters[1][what]]
      return direction === undefined ? original + reply : direction === 'original' ? original : reply
    },
  }
}

function ct({ dreg, sreg, key, direction }: ExpressionData<'ct'>, context: CompileContext): Step {
  if (dreg !== undefined && sreg !== undefined) throw new Refusal(errno.EINVAL)
  if (typeof key !== 'string') throw new Refusal(errno.EOPNOTSUPP)
  if (sreg !== undefined) return settingCt(key, sreg, context)
  const make = ctKeys[key]
  if (!make) throw new Refusal(errno.EOPNOTSUPP)
  if (directed.includes(key) !== (direction !== undefined) && !eitherWay.includes(key)) throw new Refusal(errno.EINVAL)
  return loading(dreg, make(direction as 'original' | 'reply' | undefined), context)
}

function settingCt(key: string, sreg: number, context: CompileContext): Step {
  const { host } = context
  if (key === 'mark') {
    const at = reads(context, sreg, 4)
    return {
      run: ({ journey, registers }) => {
        host.setConnmark(journey.packet, host32(registers, at))
        return undefined
      },
    }
  }
  if (key === 'labels') {
    const at = reads(context, sreg, 16)
    return {
      run: ({ journey, registers }) => {
        host.setLabels(journey.packet, registers.subarray(at, at + 16))
        return undefined
      },
    }
  }
  if (key === 'zone') {
    const at = reads(context, sreg, 2)
    return {
      run: ({ journey, registers }) => {
        const { packet } = journey
        if (!packet.connection) packet.template = { ...packet.template, zone: registers[at]! | (registers[at + 1]! << 8) }
        return undefined
      },
    }
  }
  throw new Refusal(errno.EOPNOTSUPP)
}

/** Where a header begins in the packet; `undefined` where there is none. */
function baseAt({ packet }: Journey, base: string): { readonly bytes: Uint8Array; readonly at: number } | undefined {
  const { layout, bytes, origin } = packet
  switch (base) {
    case 'llHeader':
      return origin.linkHeader && { bytes: origin.linkHeader, at: 0 }
    case 'networkHeader':
      return { bytes, at: 0 }
    case 'transportHeader':
      return layout && !layout.laterFragment ? { bytes, at: layout.transport } : undefined
    default:
      return innerAt(packet)
  }
}

/** Behind the header of layer 4, of protocols that have one of known length. */
function innerAt({ layout, bytes }: Packet): { readonly bytes: Uint8Array; readonly at: number } | undefined {
  if (!layout || layout.laterFragment) return undefined
  if (layout.protocol === ipProtocol.tcp) return { bytes, at: layout.transport + 4 * ((bytes[layout.transport + 12] ?? 0) >> 4) }
  return layout.protocol === ipProtocol.udp ? { bytes, at: layout.transport + 8 } : undefined
}

const bases: readonly unknown[] = ['llHeader', 'networkHeader', 'transportHeader', 'innerHeader']

function payload(data: ExpressionData<'payload'>, context: CompileContext): Step {
  const { dreg, sreg } = data
  const [base, offset, length] = [needed(data.base), needed(data.offset), needed(data.len)]
  if (!bases.includes(base)) throw new Refusal(errno.EOPNOTSUPP)
  if (sreg !== undefined) return writing(data, context)
  const to = writes(context, dreg, length)
  return {
    run: ({ journey, registers }) => {
      const from = baseAt(journey, base as string)
      const at = from ? from.at + offset : -1
      if (!from || at + length > from.bytes.length) return 'break'
      load(registers, to, from.bytes.subarray(at, at + length))
      return undefined
    },
  }
}

function writing(data: ExpressionData<'payload'>, context: CompileContext): Step {
  const [offset, length] = [needed(data.offset), needed(data.len)]
  const from = reads(context, data.sreg, length)
  return {
    run: ({ journey, registers }) => {
      const { packet } = journey
      const base = baseAt(journey, data.base as string)
      const at = base ? base.at + offset : -1
      if (!base || at + length > base.bytes.length) return 'break'
      base.bytes.set(registers.subarray(from, from + length), at)
      context.host.mendChecksums(packet)
      return undefined
    },
  }
}

/** Options of TCP and IPv4, and extension headers of IPv6. */
function exthdr(data: ExpressionData<'exthdr'>, context: CompileContext): Step {
  const { op = 'ipv6', type = 0, flags = 0 } = data
  const [offset, length] = [data.offset ?? 0, data.len ?? 1]
  if (op !== 'tcpopt' || data.sreg !== undefined) throw new Refusal(errno.EOPNOTSUPP)
  const asksPresence = (flags & 1) !== 0
  const to = writes(context, data.dreg, asksPresence ? 1 : length)
  return {
    run: ({ journey, registers }) => {
      const option = tcpOption(journey.packet, type)
      if (asksPresence) {
        load(registers, to, Uint8Array.of(option ? 1 : 0))
        return undefined
      }
      if (!option || offset + length > option.length) return 'break'
      load(registers, to, option.subarray(offset, offset + length))
      return undefined
    },
  }
}

function tcpOption({ layout, bytes }: Packet, kind: number): Uint8Array | undefined {
  if (!layout || layout.laterFragment || layout.protocol !== ipProtocol.tcp) return undefined
  const end = Math.min(bytes.length, layout.transport + 4 * ((bytes[layout.transport + 12] ?? 0) >> 4))
  for (let at = layout.transport + 20; at < end; ) {
    const length = bytes[at]! <= 1 ? 1 : (bytes[at + 1] ?? 0)
    if (length === 0 || at + length > end) return undefined
    if (bytes[at] === kind) return bytes.subarray(at, at + length)
    at += length
  }
  return undefined
}

function numgen(data: ExpressionData<'numgen'>, context: CompileContext): Step {
  const modulus = needed(data.modulus)
  if (modulus === 0) throw new Refusal(errno.ERANGE)
  const offset = data.offset ?? 0
  const to = writes(context, data.dreg, 4)
  const counts = data.type === 'incremental'
  let next = 0
  return {
    run: ({ registers }) => {
      const value = counts ? next : context.host.random() % modulus
      next = (next + 1) % modulus
      putHost(registers, to, (value + offset) >>> 0, 4)
      return undefined
    },
  }
}

/** Addresses that are this host's: what `fib daddr type local` asks for. */
function fib(data: ExpressionData<'fib'>, context: CompileContext): Step {
  const flags = data.flags ?? 0
  if (data.result !== 'addrtype') throw new Refusal(errno.EOPNOTSUPP)
  const to = writes(context, data.dreg, 4)
  const wantsSource = (flags & 1) !== 0
  return {
    run: ({ journey, registers }) => {
      const { layout, bytes } = journey.packet
      if (!layout) return 'break'
      const is4 = layout.family === family.ipv4
      const size = is4 ? 4 : 16
      const at = (is4 ? 12 : 8) + (wantsSource ? 0 : size)
      putHost(registers, to, context.host.addressType(bytes.subarray(at, at + size), journey), 4)
      return undefined
    },
  }
}

export const loads = { meta, ct, payload, exthdr, numgen, fib }
export { be16, be32 }
