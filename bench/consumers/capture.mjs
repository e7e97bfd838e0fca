// capture make KIND COUNT FILE: write a capture of about so many packets of ordinary traffic: `web` (short connections, side by side), `bulk` (one
// long connection) or `dns`.
// capture read|track FILE: do less with it than a replay does: read its packets, or hand them to a simulated kernel that tracks their connections.
import { capturedPacket, linktype, PcapWriter, readCapture, replayPackets } from '@nfkit/capture'
import { captureFile, FileSink } from '@nfkit/capture/file'
import { tcp, udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel } from '@nfkit/simulator'

const [what, ...args] = process.argv.slice(2)

const ethernet = Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0)
const start = 1_700_000_000_000_000_000n
const intervalNs = 1_000_000n
const segment = new Uint8Array(1_448).fill(7)
/** Connections that are open at once. */
const sideBySide = 32

const client = (i) => `10.${(i >> 16) & 127}.${(i >> 8) & 255}.${i & 255}:${20_000 + (i % 40_000)}`

/** A connection of TCP on which the client says `asked` bytes and the server `answered` segments, each second of which is acknowledged. */
function* connection(i, asked, answered) {
  const [there, back] = [`${client(i)} > 192.0.2.1:443`, `192.0.2.1:443 > ${client(i)}`]
  let [sent, got] = [1_000 + i, 5_000 + i]
  const from = (fields) => tcp(there, { ack: true, sequence: sent, acknowledgment: got, ...fields })
  const to = (fields) => tcp(back, { ack: true, sequence: got, acknowledgment: sent, ...fields })
  yield from({ syn: true, ack: false, acknowledgment: 0 })
  sent++
  yield to({ syn: true })
  got++
  yield from()
  yield from({ psh: true, payload: segment.subarray(0, asked) })
  sent += asked
  yield to()
  for (let k = 0; k < answered; k++) {
    yield to({ payload: segment })
    // A connection may be longer than numbers last.
    got = (got + segment.length) >>> 0
    if (k % 2 === 1) yield from()
  }
  yield to({ fin: true })
  got++
  yield from({ fin: true })
  sent++
  yield to()
}

function* dns(i) {
  const question = segment.subarray(0, 40)
  yield udp(`${client(i)} > 192.0.2.53:53`, { payload: question })
  yield udp(`192.0.2.53:53 > ${client(i)}`, { payload: segment.subarray(0, 120) })
}

const kinds = {
  web: { one: (i) => connection(i, 400, 8) },
  bulk: { one: (i, count) => connection(i, 400, Math.ceil((count * 2) / 3)) },
  dns: { one: dns },
}

/** Packets of many, in turn of those that are under way. */
function* mixed(one, count) {
  const open = []
  let begun = 0
  for (let made = 0; made < count; made++) {
    if (open.length < sideBySide) open.push(one(begun++, count))
    const at = made % open.length
    const { done, value } = open[at].next()
    if (done) open.splice(at, 1)
    else yield value
  }
}

function make(kind, count, file) {
  const writer = new PcapWriter(new FileSink(file), { linktype: linktype.ethernet })
  const { one } = kinds[kind]
  const packets = kind === 'bulk' ? one(0, Number(count)) : mixed(one, Number(count))
  let written = 0
  for (const packet of packets) {
    const frame = new Uint8Array(ethernet.length + packet.length)
    frame.set(ethernet)
    frame.set(packet, ethernet.length)
    writer.record(start + BigInt(written++) * intervalNs, frame)
  }
  writer.close()
  console.log(JSON.stringify({ packets: written }))
}

async function read(file) {
  let sum = 0
  for await (const record of readCapture(captureFile(file))) sum += capturedPacket(record).bytes.length
  console.log(JSON.stringify({ sum }))
}

async function track(file) {
  const kernel = new SimulatedKernel({ profile: 'debian-6.1', tracking: true })
  // Any rule keeps what no rule queues out of queue 0.
  kernel.rules.add({ hook: 'postrouting', protocol: 'icmp', queue: 1 })
  let accepted = 0
  for await (const { outcome } of replayPackets(kernel, readCapture(captureFile(file))))
    if (outcome?.verdict === 'accept') accepted++
  console.log(JSON.stringify({ accepted }))
}

await { make, read, track }[what](...args)
