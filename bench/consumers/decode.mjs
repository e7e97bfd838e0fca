// decode packets|flows FILE ROUNDS: how long decoding into the public objects takes, without and with reading what the reference
// programs read. Nanoseconds a message, each round.
import { readFileSync } from 'node:fs'
import { Message, messages } from '@nfkit/netlink-codec'
import { Flow } from '@nfkit/netlink-codec/conntrack'
import { nfqa, QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { lookAtFlow } from './look-at-flow.mjs'

const [what, file, rounds] = process.argv.slice(2)
const bytes = new Uint8Array(readFileSync(file))
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
  },
  flows: {
    messages: () => dumped(),
    object: (start, end) => flow(start, end).family,
    read: (start, end) => lookAtFlow(flow(start, end)),
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
const took = { object: [], read: [] }
for (const how of Object.keys(took)) {
  measure(subject[how], spans)
  for (let round = 0; round < Number(rounds); round++) took[how].push(measure(subject[how], spans))
}
console.log(JSON.stringify({ ...took, messages: spans.length / 2, sum }))
