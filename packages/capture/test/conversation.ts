import { encodeAck, messageFlags } from '@nfkit/netlink-codec'
import { conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa, nfqueueMessage, queueConfig } from '@nfkit/netlink-codec/nfqueue'
import {
  linktype,
  MemorySink,
  PcapngWriter,
  PcapWriter,
  type ReplayOptions,
  type ReplayTransport,
  readCapture,
  replayTransport,
} from '../src/index.ts'
import { datagramHeader } from '../src/netlink/netlink.ts'
import { Recording } from '../src/record/recording.ts'

/** One datagram: to the kernel, or from it, on a socket by its name. */
export type Line = readonly ['>' | '<', Uint8Array, string?]

export const recordedPort = 4711

/** A recording as `record` writes it. */
export function recording(lines: readonly Line[]): Uint8Array {
  const sink = new MemorySink()
  const file = new Recording(sink, (error) => {
    throw error
  })
  const sockets = new Map([['netlink', file.open('netlink', recordedPort)]])
  for (const [direction, bytes, name = 'netlink'] of lines) {
    if (!sockets.has(name)) sockets.set(name, file.open(name, recordedPort + sockets.size))
    file.datagram(sockets.get(name)!, direction === '<' ? 'inbound' : 'outbound', bytes)
  }
  for (const _ of sockets) file.close()
  return sink.bytes
}

/** The same as tcpdump writes it: without directions and sockets. */
export function nlmonCapture(lines: readonly Line[]): Uint8Array {
  const sink = new MemorySink()
  const writer = new PcapWriter(sink, { linktype: linktype.netlink })
  for (const [, bytes] of lines) writer.record(1n, Buffer.concat([datagramHeader(12), bytes]))
  writer.close()
  return sink.bytes
}

/** A pcapng of netlink datagrams of an nlmon interface, with their directions and so much time between them. */
export function foreignPcapng(lines: readonly Line[], pauseNs = 0n): Uint8Array {
  const sink = new MemorySink()
  const writer = new PcapngWriter(sink)
  writer.addInterface({ linktype: linktype.netlink, name: 'nlmon0' })
  for (const [i, [direction, bytes]] of lines.entries())
    writer.record({
      interface: 0,
      timestampNs: 1n + BigInt(i) * pauseNs,
      parts: [datagramHeader(12), bytes],
      direction: direction === '<' ? 'inbound' : 'outbound',
    })
  writer.close()
  return sink.bytes
}

export function replay(capture: Uint8Array, options?: ReplayOptions): Promise<ReplayTransport> {
  return replayTransport(readCapture(capture), { patienceMilliseconds: 150, ...options })
}

const { request, ack, multi } = messageFlags

/** A request to bind queue 0, numbered. */
export function bind(sequence: number, flags: number = request | ack): Uint8Array {
  const type = nfqueueMessage.config.type
  return encodeMessage({ type, flags, sequence }, queueConfig, { cmd: { command: 1, pf: 0 } })
}

export function unbind(sequence: number): Uint8Array {
  const type = nfqueueMessage.config.type
  return encodeMessage({ type, flags: request | ack, sequence }, queueConfig, { cmd: { command: 2, pf: 0 } })
}

/** A queued packet, of one byte unless told otherwise. */
export function packet(id: number, size = 1): Uint8Array {
  const type = nfqueueMessage.packet.type
  const packetHdr = { packetId: id, hwProtocol: 0x0800, hook: 1 }
  return encodeMessage({ type, flags: 0, family: 2 }, nfqa, { packetHdr, payload: new Uint8Array(size).fill(id) })
}

export function verdict(id: number, word: number, sequence = 0): Uint8Array {
  const type = nfqueueMessage.verdict.type
  return encodeMessage({ type, flags: request, sequence }, nfqa, { verdictHdr: { verdict: word, id } })
}

/** The kernel's acknowledgement of a request, or its refusal. */
export function answer(to: Uint8Array, errno = 0, portId = recordedPort): Uint8Array {
  return encodeAck(to, { errno, portId })
}

export function dump(sequence: number): Uint8Array {
  const type = conntrackMessage.get.type
  return encodeMessage({ type, flags: request | ack | messageFlags.dump, sequence }, conntrack, {})
}

/** One entry of a dump, told apart by its mark. */
export function entry(mark: number, sequence: number, portId: number): Uint8Array {
  const type = conntrackMessage.new.type
  return encodeMessage({ type, flags: multi, sequence, portId, family: 2 }, conntrack, { mark })
}
