import { u32 } from '@nfkit/netlink-codec'
import { family, hook } from '@nfkit/netlink-codec/nfnetlink'
import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import type { Journey } from '../../../hooks/journey.ts'
import type { Interface } from '../../../interfaces.ts'
import type { Packet } from '../../../packet.ts'
import type { Step } from '../../state/chain.ts'
import { type Context, registerOf, unknown } from '../context.ts'
import type { EvaluateHost } from '../host.ts'
import { type Key, loading, nameLength, padded, putWords } from './store.ts'

const number = (length: 1 | 2 | 4, read: (journey: Journey) => number | undefined): Key => ({ length, read })
const name = (which: (journey: Journey) => Interface | undefined): Key => ({
  length: nameLength,
  read: (journey) => nameOf(which(journey)).bytes,
  words(journey, into, place) {
    const { words } = nameOf(which(journey))
    // A loop, or a call, takes more than these.
    into[place] = words[0]!
    into[place + 1] = words[1]!
    into[place + 2] = words[2]!
    into[place + 3] = words[3]!
    return true
  },
})

/** A name as registers have it, and as words are loaded. */
interface Name {
  readonly bytes: Uint8Array
  readonly words: Int32Array
}

function made(text: string): Name {
  const bytes = padded(text)
  const words = new Int32Array(nameLength / 4)
  putWords(words, 0, bytes, 0, nameLength)
  return { bytes, words }
}

const noName = made('')
const names = new WeakMap<Interface, Name>()
/** Most packets come by the device of the packet before. */
let latest: { readonly device: Interface | undefined; readonly name: Name } = { device: undefined, name: noName }

function nameOf(device: Interface | undefined): Name {
  if (device === latest.device) return latest.name
  const name = device === undefined ? noName : (names.get(device) ?? made(device.name))
  if (device) names.set(device, name)
  latest = { device, name }
  return name
}

/** `ARPHRD_*`: what kind of device an interface is. */
export const hardwareType = ({ name: of, peerAddress }: Interface): number => {
  if (of === 'lo') return hardware.loopback
  return peerAddress ? hardware.ethernet : hardware.none
}
const hardware = { ethernet: 1, loopback: 772, none: 0xfffe } as const
const typeOf = (of: Interface | undefined): number | undefined => of && hardwareType(of)

const ethertypes = { 4: Uint8Array.of(0x08, 0x00), 6: Uint8Array.of(0x86, 0xdd) } as const
const ethertype = ({ bytes }: Packet): Uint8Array => ethertypes[bytes[0]! >> 4 === 6 ? 6 : 4]

/** Where a packet with a socket is: one that a local program sends, until it is received again. */
const ofSender = (read: (packet: Packet) => number | undefined): Key =>
  number(4, ({ hasSocket, packet }) => (hasSocket ? read(packet) : undefined))

const day = 86_400
const secondsOf = ({ clock }: EvaluateHost): number => Number(clock.wall / 1_000_000_000n)
/** 1 January 1970 was a Thursday. */
const thursday = 4

/** `NFT_META_*`: what can be loaded of what the kernel knows of a packet. What is not here is refused. */
const keysOf = (host: EvaluateHost): { readonly [key: string]: Key } => ({
  len: number(4, ({ packet }) => packet.bytes.length),
  protocol: { length: 2, read: ({ packet }) => ethertype(packet) },
  priority: number(4, ({ packet }) => packet.priority),
  mark: number(4, ({ packet }) => packet.mark),
  iif: number(4, ({ indev }) => indev?.index ?? 0),
  oif: number(4, ({ outdev }) => outdev?.index ?? 0),
  iifname: name(({ indev }) => indev),
  oifname: name(({ outdev }) => outdev),
  // What a packet leaves by is its only device there.
  iiftype: number(2, ({ indev, outdev, hookNumber }) => typeOf(hookNumber === hook.postrouting ? outdev : indev)),
  oiftype: number(2, ({ outdev }) => typeOf(outdev)),
  skuid: ofSender(({ origin }) => origin.uid),
  skgid: ofSender(({ origin }) => origin.gid),
  cgroup: ofSender(({ origin }) => (origin.uid === undefined ? undefined : origin.classid)),
  nfproto: number(1, ({ packet }) => packet.family),
  l4proto: number(1, ({ packet }) => packet.layout?.protocol),
  pkttype: number(1, ({ packet }) => packet.pktType),
  cpu: number(4, () => host.processor()),
  iifgroup: number(4, ({ indev }) => (indev ? 0 : undefined)),
  oifgroup: number(4, ({ outdev }) => (outdev ? 0 : undefined)),
  prandom: number(4, () => host.random()),
  secpath: number(1, () => 0),
  timeNs: { length: 8, read: () => host.clock.wall },
  timeDay: number(1, () => (Math.floor(secondsOf(host) / day) + thursday) % 7),
  timeHour: number(4, () => secondsOf(host) % day),
})

/** What can be set of a packet, and the bytes it has. */
const settings: { readonly [key: string]: readonly [length: number, set: (packet: Packet, value: number) => void] } = {
  mark: [
    4,
    (packet, value) => {
      packet.mark = value
    },
  ],
  priority: [
    4,
    (packet, value) => {
      packet.priority = value
    },
  ],
  pkttype: [
    1,
    (packet, value) => {
      packet.pktType = value
    },
  ],
  nftrace: [
    1,
    (packet, value) => {
      packet.isTraced = value !== 0
    },
  ],
}

/** nft_meta_get_eval and nft_meta_set_eval (net/netfilter/nft_meta.c). */
export function meta({ dreg, sreg, key }: ExpressionData<'meta'>, { table, host }: Context): Step {
  if (sreg !== undefined) return setting(`${key}`, registerOf(sreg))
  const known = keysOf(host)[`${key}`] ?? unknown()
  if (key === 'nfproto' && table.family === family.netdev) unknown()
  return loading(known, registerOf(dreg))
}

function setting(key: string, at: number): Step {
  const [length, set] = Object.hasOwn(settings, key) ? settings[key]! : unknown()
  return ({ journey, registers }) => {
    set(journey.packet, length === 1 ? registers[at]! : u32(registers, at))
    return undefined
  }
}
