import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { until } from '../../../test/host.ts'
import { type Handler, type Packet, PacketStateError } from '../src/index.ts'
import { bytes, Stage, uncaught } from './stage.ts'

describe('a verdict after the queue’s own', () => {
  test('is an event and no exception: after the deadline', async () => {
    await using stage = await Stage.open({ deadlineMilliseconds: 20 })
    let mark: number | undefined
    stage.queue.run((packet) => {
      packet.hold()
      setTimeout(() => {
        mark = packet.mark
        packet.hold().drop({ mark: -1 })
      }, 60)
    })
    const thrown = await uncaught(async () => {
      expect(await stage.kernel.deliver(bytes, { mark: 5 })).toMatchObject({ verdict: 'accept' })
      await until(() => stage.of('lateVerdict').length === 1, 'the late verdict')
    })
    expect(thrown).toEqual([])
    expect(mark, 'a held packet has bytes of its own').toBe(5)
    expect(stage.of('lateVerdict')).toEqual([{ packetId: 1, verdict: 'drop', reason: 'deadline' }])
    expect(stage.queue.stats()).toMatchObject({ lateVerdicts: 1, verdicts: { accept: 1, drop: 0 }, verdictErrors: 0 })
  })

  test('after closing, and in a handler that forgot', async () => {
    await using stage = await Stage.open()
    const kept: Packet[] = []
    stage.queue.run((packet) => {
      kept.push(packet)
      if (packet.id === 1) packet.hold()
    })
    const outcomes = stage.deliver(2)
    await until(() => kept.length === 2, 'both')
    await stage.queue.close()
    expect(await outcomes).toEqual(['accept', 'accept'])
    kept[0]!.drop()
    kept[1]!.requeue(3)
    expect(stage.of('lateVerdict')).toEqual([
      { packetId: 1, verdict: 'drop', reason: 'closing' },
      { packetId: 2, verdict: 'queue', reason: 'forgotten' },
    ])
    expect(stage.queue.judgeThrough(kept[0]!, 'accept')).toBe(0)
  })

  test('one that was to be acknowledged says so to who waits for it', async () => {
    await using stage = await Stage.open({ deadlineMilliseconds: 20 })
    const kept: Packet[] = []
    stage.queue.run((packet) => kept.push(packet.hold()))
    await stage.deliver(1)
    await expect(kept[0]!.judge('drop')).rejects.toMatchObject({ name: 'PacketStateError', state: 'late' })
    expect(stage.queue.stats().lateVerdicts).toBe(1)
  })

  test('a second one of the program goes on throwing, held or not, early or late', async () => {
    await using stage = await Stage.open({ deadlineMilliseconds: 20 })
    const kept: Packet[] = []
    stage.queue.run((packet) => {
      kept.push(packet)
      if (packet.id === 1) packet.hold()
      packet.accept()
    })
    await stage.deliver(2)
    await sleep(40)
    for (const packet of kept) {
      expect(() => packet.drop()).toThrow(PacketStateError)
      expect(() => packet.hold()).toThrow(PacketStateError)
      await expect(packet.judge('drop')).rejects.toMatchObject({ state: 'judged' })
      expect(() => stage.queue.judgeThrough(packet, 'drop')).toThrow(PacketStateError)
    }
    expect(stage.told).toEqual([])
  })
})

describe('views', () => {
  test('taken by a handler that the deadline overtakes go on showing its packet', async () => {
    await using stage = await Stage.open({ deadlineMilliseconds: 20 })
    let seen: Uint8Array | undefined
    stage.queue.run(async ({ payload }) => {
      await sleep(60)
      seen = payload!.slice()
    })
    await stage.deliver(1)
    await until(() => seen !== undefined, 'the handler')
    expect(seen).toEqual(bytes)
  })

  test('so do those another handler’s judgeThrough overtakes, and closing', async () => {
    await using stage = await Stage.open()
    const seen: Uint8Array[] = []
    stage.queue.run((packet) => {
      seen.push(packet.payload!)
      if (packet.id === 2) stage.queue.judgeThrough(packet, 'drop')
      if (packet.id === 3) stage.queue.close()
      return new Promise(() => {})
    })
    expect(await stage.deliver(3)).toEqual(['drop', 'drop', 'accept'])
    await stage.queue.closed
    expect([seen[0], seen[2]]).toEqual([bytes, bytes])
  })

  test('taken before the program’s own verdict are spoilt by the simulator, so that a test shows it', async () => {
    await using stage = await Stage.open()
    let view: Uint8Array | undefined
    stage.queue.run((packet) => {
      view = packet.payload
      packet.accept()
    })
    await stage.deliver(1)
    await until(() => view!.every((byte) => byte === 0xdd), 'the burst to end')
  })
})

describe('closing in a handler', () => {
  test.each<[string, Handler]>([
    ['holds', (packet) => packet.hold()],
    ['awaits', () => sleep(50)],
    ['forgets', () => {}],
  ])('that %s: the packet in its hands is judged before the queue is unbound', async (_, then) => {
    await using stage = await Stage.open()
    stage.queue.run((packet) => {
      if (packet.id === 2) stage.queue.close()
      return then(packet)
    })
    expect(await stage.deliver(3)).toEqual(['accept', 'accept', 'accept'])
    await stage.queue.closed
    expect(stage.queue.stats()).toMatchObject({ pending: 0, verdicts: { accept: 3 }, verdictErrors: 0 })
  })

  test('that judges the packet afterwards: its verdict is the one', async () => {
    await using stage = await Stage.open()
    stage.queue.run((packet) => {
      stage.queue.close()
      packet.drop()
    })
    expect(await stage.deliver(2)).toEqual(['drop', 'accept'])
    expect(stage.of('lateVerdict')).toEqual([])
  })
})
