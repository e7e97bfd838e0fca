// names make SHAPE COUNT FILE: write a capture of connections that say hello, each for a host of its own.
// names read FILE: which hosts a tracker and a reader find there, and the processor time a packet took.
import { linktype, PcapWriter, readCapture } from '@nfkit/capture'
import { captureFile, FileSink } from '@nfkit/capture/file'
import { parseIp } from '@nfkit/ip-codec'
import { tcp } from '@nfkit/ip-codec/build'
import { Tracker } from '@nfkit/streams'
import { clientHellos } from '@nfkit/streams/tls'
import { clientHello } from './hello.mjs'

const [what, ...args] = process.argv.slice(2)

/** How a hello is cut into segments, and in which order these come. `at` is a place in the middle that changes from hello to hello. */
const shapes = {
  whole: (hello) => [[0, hello.length]],
  halves: (hello, at) => [
    [0, at],
    [at, hello.length],
  ],
  reversed: (hello, at) => [
    [at, hello.length],
    [0, at],
  ],
  shuffled: (hello, at) => [
    [at >> 1, at],
    [at, hello.length],
    [0, at >> 1],
  ],
}

function make(shape, count, file) {
  const writer = new PcapWriter(new FileSink(file), { linktype: linktype.raw })
  let time = 1_700_000_000_000_000_000n
  const write = (packet) => {
    time += 1000n
    writer.record(time, packet)
  }
  for (let i = 0; i < Number(count); i++) {
    const hello = clientHello(`host-${i}.example`)
    const client = `10.${i >> 14}.${(i >> 7) & 127}.${i & 127}:${20_000 + (i % 30_000)}`
    const [there, back] = [`${client} > 192.0.2.1:443`, `192.0.2.1:443 > ${client}`]
    write(tcp(there, { syn: true, sequence: 1000 }))
    write(tcp(back, { syn: true, ack: true, sequence: 5000, acknowledgment: 1001 }))
    write(tcp(there, { ack: true, sequence: 1001, acknowledgment: 5001 }))
    for (const [start, end] of shapes[shape](hello, 2 + ((i * 7919) % (hello.length - 3)))) {
      const payload = hello.subarray(start, end)
      write(tcp(there, { ack: true, psh: true, sequence: 1001 + start, acknowledgment: 5001, payload }))
    }
    write(tcp(back, { ack: true, sequence: 5001, acknowledgment: 1001 + hello.length }))
  }
  writer.close()
}

async function read(file) {
  const packets = []
  for await (const { bytes } of readCapture(captureFile(file))) packets.push(bytes.slice())
  const names = new Set()
  const tracker = new Tracker({
    judge(connection) {
      const reader = clientHellos()
      connection.client.listen((chunk) => {
        for (const { serverName } of reader.push(chunk)) names.add(serverName)
      })
    },
  })
  const start = process.cpuUsage()
  for (const bytes of packets) tracker.push({ ip: parseIp(bytes), accept() {}, drop() {} })
  const { user, system } = process.cpuUsage(start)
  console.log(JSON.stringify({ found: names.size, cpu: ((user + system) * 1e3) / packets.length }))
}

await { make, read }[what](...args)
