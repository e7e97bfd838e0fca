import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { until } from '../../../test/host.ts'
import type { Packet } from '../src/index.ts'
import { bytes, Stage, uncaught } from './stage.ts'

describe('a socket that takes nothing for a while', () => {
  test('an acknowledged verdict that could not be sent rejects, and the packet can still be judged', async () => {
    await using stage = await Stage.open()
    let refused: unknown
    stage.queue.run(async (packet) => {
      stage.inject({ kind: 'send error', code: 'ENOBUFS' })
      refused = await packet.judge('accept').catch((error) => error)
      expect(packet.judged).toBe(false)
      expect(stage.queue.stats()).toMatchObject({ pending: 1, verdicts: { accept: 0 } })
      packet.drop()
    })
    expect(await stage.deliver(1)).toEqual(['drop'])
    expect(refused).toMatchObject({ name: 'TransportError', syscall: 'sendto', code: 'ENOBUFS' })
    expect(String(refused), 'nothing was received too slowly').not.toContain('faster than they were read')
    expect(stage.queue.stats()).toMatchObject({ pending: 0, verdicts: { accept: 0, drop: 1 } })
  })

  test('so its deadline judges it where the program does not', async () => {
    await using stage = await Stage.open({ deadlineMilliseconds: 30 })
    stage.queue.run((packet) => {
      packet.hold()
      stage.inject({ kind: 'send error', code: 'ENOBUFS' })
      packet.judge('drop').catch(() => {})
    })
    expect(await stage.deliver(1)).toEqual(['accept'])
    expect(stage.of('unjudged')).toMatchObject([{ reason: 'deadline' }])
  })

  test('is tried again by one timer, less and less often, and told once a second', async () => {
    await using stage = await Stage.open()
    stage.queue.run((packet) => packet.accept())
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const send = vi.spyOn(stage.transport, 'send')
    stage.sendsFail(true)
    const outcomes = []
    for (let burst = 0; burst < 200; burst++) {
      outcomes.push(stage.kernel.deliver(bytes))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(send).toHaveBeenCalledTimes(1)
    // 2, 4, 8, … 128 and 128 milliseconds from one to the next.
    vi.advanceTimersByTime(400)
    expect(send).toHaveBeenCalledTimes(1 + 8)
    expect(stage.told).toEqual([['trouble', expect.objectContaining({ code: 'ENOBUFS' })]])
    vi.advanceTimersByTime(599)
    expect(stage.told).toHaveLength(1)
    vi.advanceTimersByTime(1_000)
    expect(stage.told).toHaveLength(2)
    stage.sendsFail(false)
    vi.advanceTimersByTime(128)
    expect((await Promise.all(outcomes)).map(({ verdict }) => verdict)).toEqual(outcomes.map(() => 'accept'))
    expect(stage.told).toHaveLength(2)
    vi.useRealTimers()
  })

  test('more verdicts than can wait: what does not fit stays pending, and is judged when the socket takes it', async () => {
    const count = 8_300
    await using stage = await Stage.open({ deadlineMilliseconds: 2_000, maxLength: count })
    stage.queue.run((packet) => packet.hold())
    const outcomes = Array.from({ length: count }, () => stage.kernel.deliver(bytes))
    await until(() => stage.queue.stats().pending === count, 'all of them')
    stage.sendsFail(true)
    const thrown = await uncaught(() => sleep(2_200))
    const { pending, verdicts } = stage.queue.stats()
    expect(thrown).toEqual([])
    expect(pending).toBeGreaterThan(0)
    expect(pending + verdicts.accept).toBe(count)
    stage.sendsFail(false)
    const all = await Promise.all(outcomes)
    expect(all.filter(({ verdict }) => verdict === 'accept')).toHaveLength(count)
    expect(stage.queue.stats()).toMatchObject({ pending: 0, unjudged: { deadline: count }, verdictErrors: 0 })
  })

  test('a handler whose verdict does not fit: the queue gives its own when there is room', async () => {
    const count = 8_300
    await using stage = await Stage.open({ deadlineMilliseconds: Number.POSITIVE_INFINITY, maxLength: count })
    stage.sendsFail(true)
    stage.queue.run((packet) => packet.drop())
    const outcomes = Array.from({ length: count }, () => stage.kernel.deliver(bytes))
    await until(() => stage.queue.stats().received === count, 'all of them')
    expect(stage.queue.stats().pending).toBeGreaterThan(0)
    stage.sendsFail(false)
    const all = await Promise.all(outcomes)
    const accepted = all.filter(({ verdict }) => verdict === 'accept').length
    expect(accepted).toBeGreaterThan(0)
    expect(stage.of('unjudged')).toHaveLength(accepted)
    expect(stage.of('unjudged')[0]).toMatchObject({ reason: 'threw', error: { code: 'ENOBUFS' } })
    expect(stage.queue.stats()).toMatchObject({ pending: 0, unjudged: { threw: accepted } })
  })

  test('closing waits a second for it, judges what waits, and ends', async () => {
    await using stage = await Stage.open()
    stage.queue.run((packet) => (packet.id === 1 ? packet.drop() : packet.hold()))
    stage.sendsFail(true)
    const outcomes = stage.deliver(2)
    await until(() => stage.queue.stats().received === 2, 'both')
    const closed = stage.queue.close()
    await sleep(50)
    stage.sendsFail(false)
    await closed
    expect(await outcomes).toEqual(['drop', 'accept'])
    expect(stage.queue.stats()).toMatchObject({ pending: 0, verdicts: { drop: 1, accept: 1 }, verdictErrors: 0 })
  })

  test('a socket that never takes anything again: closing ends, and tells each verdict that did not leave', async () => {
    await using stage = await Stage.open()
    stage.queue.run((packet) => (packet.id === 1 ? packet.drop() : packet.hold()))
    stage.sendsFail(true)
    const outcomes = stage.deliver(2)
    await until(() => stage.queue.stats().received === 2, 'both')
    await stage.queue.close()
    expect(await outcomes).toEqual(['drop: owner closed', 'drop: owner closed'])
    expect(stage.of('verdictError')).toMatchObject([
      { packetId: 1, code: 'ENOBUFS' },
      { packetId: 2, code: 'ENOBUFS' },
    ])
    expect(stage.queue.stats()).toMatchObject({ pending: 0, verdictErrors: 2 })
  })
})

test('a send buffer that was made smaller takes the same verdicts in more sends', async () => {
  await using stage = await Stage.open({ sendBuffer: 4_608 })
  stage.queue.run((packet) => packet.hold())
  const outcomes = Array.from({ length: 500 }, () => stage.kernel.deliver(bytes))
  await until(() => stage.queue.stats().pending === 500, 'all of them')
  await stage.queue.close()
  expect((await Promise.all(outcomes)).filter(({ verdict }) => verdict === 'accept')).toHaveLength(500)
  expect(stage.of('trouble')).toEqual([])
})

describe('a socket that was closed under its queue', () => {
  let stage: Stage
  let held: Packet[]
  beforeEach(async () => {
    stage = await Stage.open()
    held = []
    stage.queue.run((packet) => held.push(packet.hold()))
    stage.kernel.deliver(bytes)
    stage.kernel.deliver(bytes)
    await until(() => held.length === 2, 'two packets')
  })

  test('ends the queue with the next verdict, which is told as without effect', async () => {
    stage.transport.close()
    held[0]!.drop()
    await stage.queue.closed
    expect(stage.of('trouble')).toMatchObject([{ syscall: 'sendto', code: 'EBADF' }])
    expect(stage.of('verdictError')).toMatchObject([
      { packetId: 1, code: 'EBADF' },
      { packetId: 2, code: 'EBADF' },
    ])
    expect(stage.queue.stats()).toMatchObject({ pending: 0, verdictErrors: 2, unjudged: { closing: 1 } })
  })

  test('ends it when its numbers are asked for, which does not throw', async () => {
    stage.transport.close()
    expect(stage.queue.stats()).toMatchObject({ received: 2, socketDropped: 0 })
    await stage.queue.closed
    expect(stage.of('trouble')).toHaveLength(1)
  })

  test('and closing it still ends, once', async () => {
    stage.transport.close()
    await stage.queue.close()
    await stage.queue.closed
    expect(stage.queue.stats()).toMatchObject({ pending: 0 })
  })
})
