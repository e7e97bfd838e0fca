import type { Message } from '@nfkit/netlink-codec'
import type { verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import { type Nfqa, nfqa, nfqueueMessage, type QueueConfig, QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { udp } from './packet.ts'
import { bind, verdict } from './request.ts'
import type { Answer, Socket } from './socket.ts'
import type { OpenOptions, Rule, World } from './world.ts'

/** A bound queue and the socket that owns it. */
export class Queue {
  readonly socket: Socket
  readonly number: number

  constructor(socket: Socket, number: number) {
    this.socket = socket
    this.number = number
  }

  /** Bind it over a socket of its own, with whole packets unless told otherwise. */
  static async open(world: World, number: number, more: QueueConfig & OpenOptions = {}): Promise<Queue> {
    const { receiveBuffer, ...settings } = more
    const socket = world.open(receiveBuffer === undefined ? {} : { receiveBuffer })
    await socket.must(bind(number, settings))
    return new Queue(socket, number)
  }

  /** The packets that have come: at least as many as expected, and all there are. */
  async packets(expected: number): Promise<QueuedPacket[]> {
    const found: QueuedPacket[] = []
    for (const end = Date.now() + 10_000; ; ) {
      found.push(...queuedPackets(await this.socket.messages()))
      if (found.length >= expected || Date.now() > end) break
    }
    if (found.length !== expected)
      throw new Error(`${found.length} packets in queue ${this.number}, expected ${expected}`)
    return found
  }

  /** The only packet that has come. */
  async packet(): Promise<QueuedPacket> {
    return (await this.packets(1))[0]!
  }

  /** Judge, and return the kernel's answer. */
  judge(id: number, what: keyof typeof verdicts | number, more: Nfqa = {}): Promise<Answer> {
    return this.socket.ask(verdict(this.number, id, what, more))
  }
}

export function queuedPackets(messages: readonly Message[]): QueuedPacket[] {
  return messages
    .filter(({ type }) => type === nfqueueMessage.packet.type)
    .map(({ bytes, start, end }) => new QueuedPacket(bytes, start, end))
}

/** Ids of attributes, as `attributesOf` gives them. */
export const ids = {
  packetHdr: nfqa.rows.packetHdr.id,
  mark: nfqa.rows.mark.id,
  timestamp: nfqa.rows.timestamp.id,
  indev: nfqa.rows.ifindexIndev.id,
  outdev: nfqa.rows.ifindexOutdev.id,
  hwaddr: nfqa.rows.hwaddr.id,
  payload: nfqa.rows.payload.id,
  capLen: nfqa.rows.capLen.id,
  skbInfo: nfqa.rows.skbInfo.id,
  uid: nfqa.rows.uid.id,
  gid: nfqa.rows.gid.id,
  priority: nfqa.rows.priority.id,
} as const

/** Ids of a packet's attributes, in order. */
export const attributesOf = (packet: QueuedPacket): number[] => [...packet.attrs.list()].map(({ id }) => id)

/** UDP packets to a port go from OUTPUT to a queue; the port is 7000 plus the queue's number unless told otherwise. */
export const toQueue = (
  number: number,
  more: Partial<Rule> & { readonly bypass?: boolean; readonly last?: number } = {},
): Rule => {
  const { bypass = false, last = number, ...rule } = more
  return {
    hook: 'output',
    table: 'filter',
    protocol: 'udp',
    port: 7000 + number,
    action: { kind: 'queue', number, bypass, last },
    ...rule,
  }
}

/** Queue 7 with packets that wait in it: ids 1 to `count`. */
export async function waiting(
  world: World,
  count = 1,
  packet = udp('10.1.0.1:1000', '10.1.0.2:7007'),
  ...rules: readonly Rule[]
): Promise<Queue> {
  const queue = await Queue.open(world, 7)
  await world.rules(toQueue(7), ...rules)
  await world.emit(Array.from({ length: count }, () => packet))
  await queue.packets(count)
  return queue
}

/** How many packets wait in a queue; `undefined` when there is no such queue. */
export const pending = async (world: World, number = 7): Promise<number | undefined> =>
  (await world.queues()).get(number)?.[2]
