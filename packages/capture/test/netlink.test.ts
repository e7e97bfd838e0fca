import { control, putU16, putU32 } from '@nfkit/netlink-codec'
import { expect, test } from 'vitest'
import {
  isNetlink,
  linktype,
  MemorySink,
  netlinkDatagrams,
  netlinkNetfilter,
  PcapngWriter,
  readCapture,
} from '../src/index.ts'

const uevents = 15
const routing = 0

/** The header tcpdump writes since version 5 for all interfaces together, and what follows it. */
function cooked2(protocol: number, bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(20)
  head.writeUInt16BE(protocol, 0)
  head.writeUInt32BE(7, 4)
  head.writeUInt16BE(824, 8)
  head[10] = 4
  return Buffer.concat([head, bytes])
}

/** The header tcpdump writes, and what follows it. */
function cooked(protocol: number, bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(16)
  head.writeUInt16BE(4, 0)
  head.writeUInt16BE(824, 2)
  head.writeUInt16BE(protocol, 14)
  return Buffer.concat([head, bytes])
}

const message = new Uint8Array(16)
putU32(message, 0, message.length)
putU16(message, 4, control.noop)

interface Captured {
  readonly type?: number
  readonly bytes: Uint8Array
  readonly originalLength?: number
}

function capture(records: readonly Captured[]) {
  const sink = new MemorySink()
  const writer = new PcapngWriter(sink)
  for (const { type = linktype.netlink, bytes, originalLength } of records)
    writer.record({
      interface: writer.addInterface({ linktype: type }),
      timestampNs: 1n,
      parts: [bytes],
      originalLength,
    })
  writer.close()
  return readCapture(Object.assign([sink.bytes], { name: 'some.pcapng' }))
}

async function protocols(records: readonly Captured[]): Promise<number[]> {
  const found: number[] = []
  for await (const { protocol } of netlinkDatagrams(capture(records))) found.push(protocol)
  return found
}

const ours = { bytes: cooked(netlinkNetfilter, message) }

test('what other protocols send does not stop the capture, whatever it is', async () => {
  const uevent = { bytes: cooked(uevents, Buffer.from('add@/devices/x\0ACTION=add\0')) }
  const cut = { bytes: cooked(routing, message.subarray(0, 7)), originalLength: 32 }
  const nothing = { bytes: cooked(routing, new Uint8Array(0)) }
  expect(await protocols([ours, uevent, cut, nothing, ours])).toEqual([
    netlinkNetfilter,
    uevents,
    routing,
    routing,
    netlinkNetfilter,
  ])
})

test('datagrams among the packets of all interfaces are found, in both versions of the header', async () => {
  const first = { ...ours, type: linktype.linuxCooked }
  const second = { type: linktype.linuxCooked2, bytes: cooked2(netlinkNetfilter, message) }
  const foreign = { type: linktype.linuxCooked2, bytes: cooked2(uevents, Buffer.from('add@/devices/x')) }
  expect(await protocols([first, second, foreign])).toEqual([netlinkNetfilter, netlinkNetfilter, uevents])
  for await (const { bytes } of netlinkDatagrams(capture([first, second]))) expect(bytes).toEqual(message)
  const ethernet = { type: linktype.linuxCooked, bytes: Uint8Array.of(0, 0, 0, 1, ...new Array(60).fill(0)) }
  const ethernet2 = { type: linktype.linuxCooked2, bytes: new Uint8Array(60) }
  const found: boolean[] = []
  for await (const record of capture([ethernet, first, ethernet2, second])) found.push(isNetlink(record))
  expect(found).toEqual([false, true, false, true])
})

test('a datagram without its header is damage', async () => {
  await expect(protocols([{ bytes: new Uint8Array(15) }])).rejects.toMatchObject({
    problem: 'corrupt',
    reason: expect.stringContaining('shorter than the header'),
  })
})

test('an error names the capture as it was named', async () => {
  await expect(protocols([{ bytes: cooked(netlinkNetfilter, new Uint8Array(20)) }])).rejects.toMatchObject({
    file: 'some.pcapng',
    problem: 'corrupt',
  })
})
