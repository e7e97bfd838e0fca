// decode packets|flows FILE ROUNDS COLD: how long decoding into the public objects takes, without and with reading what the reference
// programs read; and by hand, of a packet without, of a connection with; and of COLD messages that lie far apart, so that none is in a cache when its turn comes. Nanoseconds a message, each round.
import { readFileSync } from 'node:fs'
import { Message, messages } from '@nfkit/netlink-codec'
import { Flow } from '@nfkit/netlink-codec/conntrack'
import { nfqa, QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { entryAt, lookAtEntry, readFrom as readEntriesFrom } from './flow-by-hand.mjs'
import { lookAtFlow } from './look-at-flow.mjs'
import { Packet, readFrom as readPacketsFrom } from './packet-by-hand.mjs'

const [what, file, rounds, cold] = process.argv.slice(2)
// A copy, for small files share memory.
let bytes = new Uint8Array(readFileSync(file)).slice()
let sum = 0

const lookAtPacket = (packet) => {
  const at = packet.get(nfqa.rows.timestamp)
  const indev = packet.get(nfqa.rows.ifindexIndev)
  const outdev = packet.get(nfqa.rows.ifindexOutdev)
  const last = packet.bytes[packet.payloadStart + packet.payloadLength - 1]
  return packet.id ^ packet.hwProtocol ^ packet.mark ^ indev ^ outdev ^ (at ? Number(at.usec) : 0) ^ last
}

const subjects = {
  packets: {
    messages: () => queued(),
    object: (start, end) => new QueuedPacket(bytes, start, end).id,
    read: (start, end) => lookAtPacket(new QueuedPacket(bytes, start, end)),
    hand: (start, end) => new Packet(start, end).id,
    readFrom: readPacketsFrom,
  },
  flows: {
    messages: () => dumped(),
    object: (start, end) => flow(start, end).family,
    read: (start, end) => lookAtFlow(flow(start, end)),
    hand: (start, end) => lookAtEntry(entryAt(start, end)),
    readFrom: readEntriesFrom,
  },
}

function flow(start, end) {
  return Flow.of(new Message(bytes, start, end))
}

/** Packets are stored as length and bytes. */
function queued() {
  const spans = []
  const at = new DataView(bytes.buffer, bytes.byteOffset)
  for (let p = 0; p + 4 < bytes.length; p += 4 + at.getUint32(p, true)) spans.push(p + 4, p + 4 + at.getUint32(p, true))
  return Int32Array.from(spans)
}
/** A dump is messages one behind the other, and control messages (types below 16) at its end. */
function dumped() {
  const spans = []
  for (const { type, start, end } of messages(bytes)) if (type >= 16) spans.push(start, end)
  return Int32Array.from(spans)
}

/** So many messages, each at a place of its own; of two neighbours in order none is near the other. */
function scattered(spans, count) {
  const apart = 1024
  const stride = 7919
  const places = new Uint8Array(count * apart)
  const far = new Int32Array(2 * count)
  for (let i = 0; i < count; i++) {
    const at = ((i * stride) % count) * apart
    const one = 2 * (i % (spans.length / 2))
    places.set(bytes.subarray(spans[one], spans[one + 1]), at)
    far.set([at, at + spans[one + 1] - spans[one]], 2 * i)
  }
  bytes = places
  return far
}

function measure(decode, spans) {
  const loops = Math.max(1, Math.round(800_000 / spans.length))
  const before = process.cpuUsage()
  for (let loop = 0; loop < loops; loop++) {
    for (let i = 0; i < spans.length; i += 2) sum ^= decode(spans[i], spans[i + 1])
  }
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1e3) / ((loops * spans.length) / 2)
}

const subject = subjects[what]
const spans = subject.messages()
const took = {}
function measureAll(spans, suffix) {
  subject.readFrom(bytes.buffer)
  for (const how of ['object', 'read', 'hand']) {
    measure(subject[how], spans)
    took[how + suffix] = Array.from({ length: Number(rounds) }, () => measure(subject[how], spans))
  }
}
measureAll(spans, '')
measureAll(scattered(spans, Number(cold)), 'Cold')
console.log(JSON.stringify({ ...took, messages: spans.length / 2, sum }))
