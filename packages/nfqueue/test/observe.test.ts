import { describe, expect, test } from 'vitest'
import { until } from '../../../test/host.ts'
import type { Decision, FlowSource, Packet } from '../src/index.ts'
import { bytes, Stage } from './stage.ts'

type Seen = readonly [id: number, verdict: unknown, changes: object, unjudged: string | undefined]

/** What an observer of the queue sees of packets that are judged and can be read still. */
function seenBy({ queue }: Stage): Seen[] {
  const seen: Seen[] = []
  queue.observe((packet, { verdict, changes, unjudged }) => {
    if (packet.judged && bytes.every((byte, i) => packet.payload?.[i] === byte))
      seen.push([packet.id, verdict, changes, unjudged])
  })
  return seen
}

const drops = (...ids: number[]): Seen[] => ids.map((id) => [id, 'drop', {}, undefined])
const left = (reason: Decision['unjudged'], ...ids: number[]): Seen[] => ids.map((id) => [id, 'accept', {}, reason])

describe('each decision is seen once, before the bytes go', () => {
  test('by run: the verdict, its changes, and what the handler left', async () => {
    await using stage = await Stage.open()
    const seen = seenBy(stage)
    stage.queue.run((packet) => {
      if (packet.id === 1) packet.accept({ mark: 7 })
      else if (packet.id === 2) packet.requeue(3, { mark: 8, bypass: true })
      else if (packet.id === 3) return 'drop'
      else if (packet.id === 4) throw new Error('no idea')
      else if (packet.id === 5) return packet.judge('stop', { mark: 9 })
      else if (packet.id === 6) return Promise.reject(new Error('no idea'))
      return undefined
    })
    await stage.deliver(7)
    expect([...seen].sort(([a], [b]) => a - b)).toEqual([
      [1, 'accept', { mark: 7 }, undefined],
      [2, { queue: 3, bypass: true }, { mark: 8 }, undefined],
      ...drops(3),
      ...left('threw', 4),
      [5, 'stop', { mark: 9 }, undefined],
      ...left('rejected', 6),
      ...left('forgotten', 7),
    ])
  })

  test('by a loop and by batches', async () => {
    for (const take of ['loop', 'batches'] as const) {
      await using stage = await Stage.open()
      const seen = seenBy(stage)
      const outcomes = stage.deliver(3)
      const judge = (packet: Packet) => packet.id === 2 || packet.drop()
      if (take === 'loop') {
        for await (const packet of stage.queue) if (judge(packet) !== true && packet.id === 3) break
      } else {
        for await (const batch of stage.queue.batches()) {
          batch.forEach(judge)
          break
        }
      }
      await outcomes
      expect(seen).toEqual([
        ...drops(1),
        ...(take === 'loop' ? [...left('forgotten', 2), ...drops(3)] : [...drops(3), ...left('forgotten', 2)]),
      ])
    }
  })

  test('by judgeThrough: no observer sees a packet another could judge still', async () => {
    await using stage = await Stage.open()
    const seen = seenBy(stage)
    const held: Packet[] = []
    const others: boolean[] = []
    stage.queue.observe(() => others.push(...held.map(({ judged }) => judged)))
    stage.queue.run((packet) => {
      held.push(packet.hold())
      if (packet.id === 3) expect(stage.queue.judgeThrough(packet, 'drop', { mark: 4 })).toBe(3)
    })
    expect(await stage.deliver(3)).toEqual(['drop', 'drop', 'drop'])
    expect(others).toEqual(Array(9).fill(true))
    expect(seen).toEqual([1, 2, 3].map((id) => [id, 'drop', { mark: 4 }, undefined]))
  })

  test('at the deadline and when closing, and a late verdict is none', async () => {
    await using stage = await Stage.open({ deadlineMilliseconds: 30 })
    const seen = seenBy(stage)
    const taken: Packet[] = []
    stage.queue.run((packet) => taken.push(packet.hold()))
    await stage.deliver(1)
    taken[0]!.drop()
    expect(stage.of('lateVerdict')).toMatchObject([{ packetId: 1 }])
    const outcome = stage.deliver(1)
    while (taken.length < 2) await new Promise((resolve) => setImmediate(resolve))
    await stage.queue.close()
    await outcome
    expect(seen).toEqual([...left('deadline', 1), ...left('closing', 2)])
  })

  test('a packet whose connmark is set first is seen when it is released', async () => {
    let set = () => {}
    const flows: FlowSource = {
      peek: () => undefined,
      get: async () => undefined,
      setMark: () => new Promise((resolve) => (set = () => resolve(true))),
    }
    await using stage = await Stage.open({ flows, conntrack: 'off' })
    const seen = seenBy(stage)
    stage.queue.run((packet) => {
      packet.accept({ connmark: 3, mark: 9 })
      expect(seen).toEqual([])
      set()
    })
    await stage.deliver(1)
    expect(seen).toEqual([[1, 'accept', { connmark: 3, mark: 9 }, undefined]])
  })

  test('what nothing could be sent for, and the kernel drops at the end', async () => {
    // More than the outbox holds.
    const count = 8_300
    await using stage = await Stage.open({ deadlineMilliseconds: Number.POSITIVE_INFINITY, maxLength: count })
    const seen = seenBy(stage)
    stage.sendsFail(true)
    stage.queue.run((packet) => packet.accept())
    for (let i = 0; i < count; i++) void stage.kernel.deliver(bytes)
    await until(() => stage.queue.stats().received === count, 'all of them')
    const decided = seen.length
    await stage.queue.close()
    expect(seen).toHaveLength(count)
    expect(new Set(seen.map(([id]) => id)).size).toBe(count)
    expect(decided).toBeLessThan(count)
    expect(seen.at(-1)).toEqual([count, 'drop', {}, 'closing'])
  })
})

test('a verdict that cannot be sent is not seen; the one that is given then is', async () => {
  await using stage = await Stage.open()
  const seen = seenBy(stage)
  stage.queue.run((packet) => {
    expect(() => packet.accept({ mark: -1 })).toThrow()
    packet.drop()
  })
  await stage.deliver(1)
  expect(seen).toEqual(drops(1))
})

test('an observer may judge other packets, and end itself', async () => {
  await using stage = await Stage.open()
  const held: Packet[] = []
  const ids: number[] = []
  const end = stage.queue.observe(({ id }) => {
    ids.push(id)
    const next = held.shift()
    if (next) next.drop()
    else end()
  })
  stage.queue.run((packet) => {
    if (packet.id < 3) held.push(packet.hold())
    else packet.accept()
  })
  expect(await stage.deliver(4)).toEqual(['drop', 'drop', 'accept', 'accept'])
  expect(ids).toEqual([3, 1, 2])
  expect(stage.queue.stats()).toMatchObject({ pending: 0, verdicts: { accept: 2, drop: 2 }, verdictErrors: 0 })
})
