import { tcp, udp } from '@nfkit/ip-codec/build'
import { openLog } from '@nfkit/nflog'
import { openQueue } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import { type CaptureRecord, capturedPacket, MemorySink, PacketRecorder, readCapture } from '../src/index.ts'

async function recordsIn(sink: MemorySink): Promise<CaptureRecord[]> {
  const records: CaptureRecord[] = []
  for await (const record of readCapture(sink.bytes)) records.push(record)
  return records
}

const question = udp('192.0.2.1:4000 > 198.51.100.2:53', { payload: 'question' })
const syn = tcp('[2001:db8::1]:4000 > [2001:db8::2]:443', { syn: true })

test('packets of a queue and copies of a log are recorded alike, and read back', async () => {
  const kernel = new SimulatedKernel({ interfaces: { lo: 1, eth0: 2, eth1: 3 } })
  for (const hook of ['input', 'output'] as const)
    kernel.rules.add({ hook, log: { group: 5, prefix: 'seen', threshold: 1 }, queue: 0 })
  const [queued, logged] = [new MemorySink(), new MemorySink()]
  const [ofQueue, ofLog] = [new PacketRecorder(queued), new PacketRecorder(logged)]
  const queue = await openQueue(kernel.connect(), { number: 0 })
  const log = await openLog(kernel.connect(), { group: 5, threshold: 1 })
  queue.run((packet) => {
    expect(ofQueue.record(packet, 'accepted')).toBe(true)
    packet.accept()
  })
  await kernel.deliver(question, { hook: 'input', indev: 'eth0', receivedAt: 1_500_000_000_000_001_000n })
  await kernel.deliver(syn, { hook: 'output', outdev: 'eth1' })
  let copies = 0
  for await (const packet of log) {
    expect(ofLog.record(packet, packet.prefix)).toBe(true)
    if (++copies === 2) break
  }
  await queue.close()
  for (const recorder of [ofQueue, ofLog]) recorder.close()

  for (const [sink, comment] of [
    [queued, 'accepted'],
    [logged, 'seen'],
  ] as const) {
    const [first, second, ...more] = await recordsIn(sink)
    expect(more).toEqual([])
    expect(first).toMatchObject({ interface: { name: 'eth0' }, direction: 'inbound', comment })
    expect(first!.timestampNs).toBe(1_500_000_000_000_001_000n)
    expect(second).toMatchObject({ interface: { name: 'eth1' }, direction: 'outbound', comment })
    expect(capturedPacket(first!)).toMatchObject({ bytes: question })
    expect(second!.bytes).toHaveLength(syn.length)
  }
})

test('a packet of which some is copied tells its whole length, and one of which nothing is, is not written', async () => {
  const kernel = new SimulatedKernel()
  const sink = new MemorySink()
  const recorder = new PacketRecorder(sink, { application: 'test' })
  const written: boolean[] = []
  for (const settings of [{ copyRange: 30 }, { copyMode: 'meta' }] as const) {
    const queue = await openQueue(kernel.connect(), { number: 0, ...settings })
    queue.run((packet) => {
      written.push(recorder.record(packet))
      packet.accept()
    })
    await kernel.deliver(question, { hook: 'input' })
    await queue.close()
  }
  recorder.close()
  recorder.close()
  expect(written).toEqual([true, false])
  const [record, ...more] = await recordsIn(sink)
  expect(more).toEqual([])
  expect(record).toMatchObject({ originalLength: question.length, bytes: question.subarray(0, 30) })
})
