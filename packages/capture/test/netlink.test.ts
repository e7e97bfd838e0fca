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

test('datagrams among the packets of all interfaces are found', async () => {
  expect(await protocols([{ ...ours, type: linktype.linuxCooked }])).toEqual([netlinkNetfilter])
  const found: boolean[] = []
  const ethernet = { type: linktype.linuxCooked, bytes: Uint8Array.of(0, 0, 0, 1, ...new Array(60).fill(0)) }
  for await (const record of capture([ethernet, { ...ours, type: linktype.linuxCooked }])) found.push(isNetlink(record))
  expect(found).toEqual([false, true])
})

test('an error names the capture as it was named', async () => {
  await expect(protocols([{ bytes: cooked(netlinkNetfilter, new Uint8Array(20)) }])).rejects.toMatchObject({
    file: 'some.pcapng',
    problem: 'corrupt',
  })
})
