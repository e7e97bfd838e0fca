import { be32 } from '@nfkit/inet/bytes'
import * as build from '@nfkit/ip-codec/build'
import { QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import type { DeliverOptions, KernelOptions, NetlinkSocket, Outcome } from '../src/index.ts'
import { SimulatedKernel } from '../src/index.ts'
import { ask, attribute, drain, errorOf, message } from './talk.ts'

/** A packet nothing depends on. */
export const udp = build.udp('127.0.0.1:47403 > 127.0.0.1:7000', { payload: 'hello' })

const type = { packet: 0x300, verdict: 0x301, config: 0x302, batch: 0x303 } as const

const be32Hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')

/** Attributes of a CONFIG request. */
export const config = {
  bind: attribute(1, '01000000'),
  unbind: attribute(1, '02000000'),
  command: (number: number) => attribute(1, `${number.toString(16).padStart(2, '0')}000000`),
  params: (mode: number, range = 0) => attribute(2, `${be32Hex(range)}${mode.toString(16).padStart(2, '0')}`),
  maxLength: (length: number) => attribute(3, be32Hex(length)),
  mask: (mask: number) => attribute(4, be32Hex(mask)),
  flags: (flags: number) => attribute(5, be32Hex(flags)),
}

export const configure = (queue: number, ...attributes: readonly Uint8Array[]): Uint8Array =>
  message(type.config, { resourceId: queue }, ...attributes)

/** A verdict without ACK. */
export const verdict = (queue: number, id: number, value: number, ...more: readonly Uint8Array[]): Uint8Array =>
  message(type.verdict, { flags: 1, resourceId: queue }, attribute(2, be32Hex(value) + be32Hex(id)), ...more)

const acknowledged = (request: Uint8Array): Uint8Array => {
  const copy = request.slice()
  copy[6] = copy[6]! | 4
  return copy
}

/** A kernel, a socket, and queue 0 that the socket owns in mode `packet`. */
export class Bench {
  readonly kernel: SimulatedKernel
  readonly socket: NetlinkSocket

  constructor(options: KernelOptions = {}, queue = 0, mode = 2) {
    this.kernel = new SimulatedKernel(options)
    this.socket = this.open()
    this.config(queue, config.bind, config.params(mode))
  }

  open(): NetlinkSocket {
    const socket = this.kernel.socket()
    socket.bind()
    return socket
  }

  /** The errno of a configuration request, negative. */
  config(queue: number, ...attributes: readonly Uint8Array[]): number {
    return errorOf(this.socket, configure(queue, ...attributes))
  }

  /** Deliver, and return the packets that can be read then, and the outcome to come. */
  deliver(
    bytes: Uint8Array = udp,
    options: DeliverOptions = {},
  ): { packets: QueuedPacket[]; outcome: Promise<Outcome> } {
    const outcome = this.kernel.deliver(bytes, options)
    return { packets: this.packets(), outcome }
  }

  packets(): QueuedPacket[] {
    return drain(this.socket)
      .filter((bytes): bytes is Uint8Array => bytes instanceof Uint8Array)
      .map((bytes) => new QueuedPacket(bytes, 0, bytes.length))
  }

  /** The errno of a verdict that asks for an answer, negative. */
  judge(id: number, value: number, ...more: readonly Uint8Array[]): number {
    return errorOf(this.socket, acknowledged(verdict(0, id, value, ...more)))
  }

  send(...requests: readonly Uint8Array[]): Uint8Array[] {
    return ask(this.socket, ...requests)
  }
}

/** The payload of an attribute, as a number. */
export function numberIn(packet: QueuedPacket, id: number): number | undefined {
  const at = packet.attrs.find(id)
  return at < 0 ? undefined : be32(packet.bytes, at + 4)
}
