import { parseAddress, parseEnd } from '@nfkit/inet'
import { decode, type Infer, Message, type Table } from '@nfkit/netlink-codec'
import {
  type Conntrack,
  conntrack,
  conntrackMessage,
  type Expect,
  expectMessage,
  expect as expectTable,
  type TupleAttrs,
} from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { type KernelOptions, type NetlinkSocket, SimulatedKernel } from '../src/index.ts'
import { ask, drain, errorAt, typeAt } from './talk.ts'

/** `tuple('10.0.0.1:1000 > 10.0.0.2:2000')`, UDP unless said otherwise. Bare addresses give a tuple without ports. */
export function tuple(text: string, num = 17): TupleAttrs {
  const [from, to] = text.split(' > ').map((written) => {
    const { address, port } = parseEnd(written)!
    return { address: parseAddress(address)!, port }
  })
  const v4 = from!.address.length === 4
  const ip = v4 ? { v4Src: from!.address, v4Dst: to!.address } : { v6Src: from!.address, v6Dst: to!.address }
  return { ip, proto: { num, srcPort: from!.port, dstPort: to!.port } }
}

export const mirrored = (text: string): string => text.split(' > ').reverse().join(' > ')

/** Both tuples of a connection, and a timeout. */
export const flow = (text: string, num = 17): Conntrack => ({
  tupleOrig: tuple(text, num),
  tupleReply: tuple(mirrored(text), num),
  timeout: 100,
})

export const A = '10.1.0.1:1000 > 10.1.0.2:2000'
export const B = '10.1.0.1:1001 > 10.1.0.2:2001'

export const flags = { create: 0x405, update: 5, plain: 1 } as const

/** A kernel, a socket that asks, and one that listens to all events. */
export class CtBench {
  readonly kernel: SimulatedKernel
  readonly socket: NetlinkSocket
  readonly listener: NetlinkSocket

  constructor(options: KernelOptions = {}, listens = 0b111111) {
    this.kernel = new SimulatedKernel(options)
    this.socket = this.kernel.socket()
    this.socket.bind()
    this.listener = this.kernel.socket()
    this.listener.bind(0, listens)
  }

  request<T extends Table>(
    type: { readonly type: number; readonly table: T } | [number, T],
    value: Infer<T>,
    fields: { flags?: number; family?: number; version?: number } = {},
  ): Uint8Array {
    const [number, table] = Array.isArray(type) ? type : [type.type, type.table]
    return encodeMessage({ type: number, flags: flags.update, family: 2, sequence: 1, ...fields }, table, value)
  }

  ask(request: Uint8Array): Uint8Array[] {
    return ask(this.socket, request)
  }

  /** The errno of a request, negative. */
  errno(type: number, value: Conntrack, fields: { flags?: number; family?: number; version?: number } = {}): number {
    return this.#errno(this.request([type, conntrack], value, fields))
  }

  #errno(request: Uint8Array): number {
    const answers = this.ask(request).filter((bytes) => typeAt(bytes) === 2)
    if (answers.length !== 1) throw new Error(`${answers.length} answers`)
    return errorAt(answers[0]!)
  }

  create(value: Conntrack, number: number = flags.create, family = 2): number {
    return this.errno(conntrackMessage.new.type, value, { flags: number, family })
  }

  /** What GET answers: the entry, or a negative errno. */
  get(value: Conntrack, family = 2, type: number = conntrackMessage.get.type): Conntrack | number {
    const [answer] = this.ask(this.request([type, conntrack], value, { flags: flags.plain, family }))
    return typeAt(answer!) === 2 ? errorAt(answer!) : entryOf(answer!)
  }

  expectation(value: Expect, number: number = flags.create, type: number = expectMessage.new.type): number {
    return this.#errno(this.request([type, expectTable], value, { flags: number }))
  }

  /** The events that can be read now. */
  events(): Event[] {
    return drain(this.listener).map((bytes) => eventOf(bytes as Uint8Array))
  }
}

export const entryOf = (bytes: Uint8Array, start = 0, end = bytes.length): Conntrack =>
  decode(conntrack, bytes, start + 20, end)

interface Event {
  readonly kind: 'new' | 'update' | 'destroy' | 'expect new' | 'expect destroy'
  readonly portId: number
  readonly flags: number
  readonly sequence: number
  readonly value: Conntrack
}

export function eventOf(bytes: Uint8Array): Event {
  const { type, flags: bits, portId, sequence } = new Message(bytes, 0, bytes.length)
  const value = type >> 8 === 2 ? {} : entryOf(bytes)
  if (type === 0x200) return { kind: 'expect new', portId, flags: bits, sequence, value }
  if (type === 0x202) return { kind: 'expect destroy', portId, flags: bits, sequence, value }
  return { kind: type === 0x102 ? 'destroy' : bits === 0x600 ? 'new' : 'update', portId, flags: bits, sequence, value }
}
