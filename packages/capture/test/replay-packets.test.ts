import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { captureFile } from '../src/file/index.ts'
import { type CaptureRecord, type DeliveredAs, readCapture, replayPackets } from '../src/index.ts'

const demo = fileURLToPath(new URL('../../../apps/nfqueue-test/captures/demo.pcapng', import.meta.url))

/** Keeps what it is given; judges when told to. */
class Recorder {
  readonly delivered: { packet: Uint8Array; as: DeliveredAs }[] = []
  seconds = 0
  waiting = 0
  most = 0

  async deliver(packet: Uint8Array, as: DeliveredAs): Promise<number> {
    const outcome = this.delivered.push({ packet, as })
    this.most = Math.max(this.most, ++this.waiting)
    await new Promise((resolve) => setImmediate(resolve))
    this.waiting--
    return outcome
  }

  advance(seconds: number): void {
    this.seconds += seconds
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('the demo capture', () => {
  test('every frame is accounted for: 38 packets at their hooks, 2 ARP messages with a reason', async () => {
    const kernel = new Recorder()
    const results = await all(
      replayPackets(kernel, readCapture(captureFile(demo)), { queue: 3, interfaces: { eth0: 5 } }),
    )
    expect(results).toHaveLength(40)
    expect(results.flatMap((result) => ('skipped' in result ? [result.skipped] : []))).toEqual([
      'an ARP message, not IP',
      'an ARP message, not IP',
    ])
    expect(results.flatMap((result) => ('outcome' in result ? [result.outcome] : []))).toEqual(
      Array.from({ length: 38 }, (_, i) => i + 1),
    )
    const hooks = kernel.delivered.map(({ as }) => `${as.hook} ${as.indev} ${as.outdev} ${as.queue}`)
    expect(new Set(hooks)).toEqual(new Set(['input 5 undefined 3', 'output undefined 5 3']))
    for (const { as } of kernel.delivered)
      expect(as.hardwareAddress).toBe(as.hook === 'input' ? '02:00:00:00:00:0a' : undefined)
  })

  test('compressed: one at a time, and virtual time passes as it did', async () => {
    const kernel = new Recorder()
    await all(replayPackets(kernel, readCapture(captureFile(demo))))
    expect(kernel.most).toBe(1)
    expect(kernel.seconds).toBeCloseTo(0.534826408, 9)
  })

  test('several in flight: outcomes stay in order', async () => {
    const kernel = new Recorder()
    const results = await all(replayPackets(kernel, readCapture(captureFile(demo)), { inFlight: 8 }))
    expect(kernel.most).toBeGreaterThan(1)
    expect(kernel.most).toBeLessThanOrEqual(8)
    expect(results.flatMap((result) => ('outcome' in result ? [result.outcome] : []))).toEqual(
      Array.from({ length: 38 }, (_, i) => i + 1),
    )
  })
})

describe('original timing', () => {
  const at = { index: 0, linktype: 101, snapLength: 0, name: undefined, description: undefined }
  const packet = Uint8Array.from(Buffer.from('45000014000000004011f6b7c0000201c6336401', 'hex'))
  async function* spaced(milliseconds: number[]): AsyncGenerator<CaptureRecord> {
    for (const time of milliseconds)
      yield {
        file: 'capture',
        number: 1,
        offset: 24,
        timestampNs: BigInt(time) * 1_000_000n,
        linktype: 101,
        interface: at,
        bytes: packet,
        originalLength: packet.length,
        direction: undefined,
        comment: undefined,
      }
  }

  test('an outcome is told when it is known, not when the next packet is due', async () => {
    const kernel = new Recorder()
    const replay = replayPackets(kernel, spaced([0, 3_600_000]), {
      timing: 'original',
      signal: AbortSignal.timeout(100),
    })
    expect((await replay.next()).value).toMatchObject({ outcome: 1 })
    await expect(replay.next()).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(kernel.delivered).toHaveLength(1)
  })

  test('going back in time makes no pause', async () => {
    const kernel = new Recorder()
    await all(replayPackets(kernel, spaced([50, 90, 10, 60]), { timing: 'original' }))
    expect(kernel.seconds).toBeCloseTo(0.04, 9)
  })
})

test('what the kernel rejects with reaches the loop', async () => {
  const kernel = { deliver: () => Promise.reject(new Error('no such hook')) }
  await expect(all(replayPackets(kernel, readCapture(captureFile(demo))))).rejects.toThrow('no such hook')
})
