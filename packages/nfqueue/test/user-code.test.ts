import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { describe, expect, test } from 'vitest'
import type { FlowSource, Packet } from '../src/index.ts'
import { Stage, uncaught } from './stage.ts'

const evil = new Error('evil')
const fail = (): never => {
  throw evil
}
const twice = (yes: () => void) => [yes(), yes()]
const never = () => new Promise<never>(() => {})
const accepted = ['accept', 'accept', 'accept', 'accept', 'accept']

/** What `await` takes for a promise. */
const thenable = (property: PropertyDescriptor, on: object = {}) => Object.defineProperty(on, 'then', property)

describe('what a handler returns', () => {
  const results: readonly [string, () => object, 'threw' | 'rejected' | 'forgotten'][] = [
    ['a getter then that throws', () => thenable({ get: fail }), 'threw'],
    ['a proxy that throws at every question', () => new Proxy({}, { get: fail }), 'threw'],
    ['a then that throws when called', () => thenable({ value: fail }), 'rejected'],
    ['a promise whose then throws', () => thenable({ value: fail }, Promise.resolve()), 'rejected'],
    ['a promise whose getter then throws', () => thenable({ get: fail }, Promise.resolve()), 'threw'],
    [
      'a callable thenable that rejects',
      () => thenable({ value: (_: unknown, no: (error: Error) => void) => no(evil) }, () => {}),
      'rejected',
    ],
    ['a then that answers twice', () => thenable({ value: twice }), 'forgotten'],
    ['a promise whose then answers twice', () => thenable({ value: twice }, Promise.resolve()), 'forgotten'],
  ]
  test.each(results)('%s costs no packet its verdict', async (_, result, reason) => {
    await using stage = await Stage.open({ deadlineMilliseconds: 60_000 })
    stage.queue.run((packet) => (packet.id === 3 ? result() : packet.accept()), { concurrency: 1 })
    expect(await stage.deliver(5)).toEqual(accepted)
    const error = reason === 'forgotten' ? undefined : evil
    expect(stage.told).toEqual([['unjudged', { packetId: 3, reason, verdict: 'accept', error }]])
    // The concurrency is free again, and verdicts leave with each burst.
    expect(await stage.deliver(5)).toEqual(accepted)
    expect(stage.queue.stats()).toMatchObject({ pending: 0, verdicts: { accept: 10 } })
  })
})

describe('a promise that is none as the language makes them', () => {
  test('whose then is another one when it is read again says nothing of other packets', async () => {
    await using stage = await Stage.open({ deadlineMilliseconds: 60_000 })
    let reads = 0
    let late: (result: string) => void = () => {}
    const keep = (yes: typeof late) => {
      late = yes
      yes('accept')
    }
    const changing = Object.defineProperty(Promise.resolve('accept'), 'then', {
      get: () => (reads++ === 0 ? Promise.prototype.then : keep),
    })
    let judge: (result: string) => void = () => {}
    stage.queue.run((packet) => {
      if (packet.id === 1) return changing
      return new Promise<string>((resolve) => {
        judge = resolve
      }) as Promise<'accept'>
    })
    const thrown = await uncaught(async () => {
      expect(await stage.deliver(1)).toEqual(['accept'])
      const second = stage.deliver(1)
      await new Promise((resolve) => setImmediate(resolve))
      late('drop')
      judge('accept')
      expect(await second).toEqual(['accept'])
    })
    expect(thrown).toEqual([])
    expect(stage.told).toEqual([])
  })

  test('whose then is no function is followed all the same', async () => {
    await using stage = await Stage.open({ deadlineMilliseconds: 60_000 })
    stage.queue.run(() => thenable({ value: undefined }, Promise.resolve('drop')))
    expect(await stage.deliver(2)).toEqual(['drop', 'drop'])
  })
})

test('thousands of handlers that come back in any order judge their own packets', async () => {
  await using stage = await Stage.open({ deadlineMilliseconds: 60_000, maxLength: 4_096 })
  const waiting: (() => void)[] = []
  stage.queue.run(
    async ({ id }) => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      if (id % 7 === 0) throw evil
      return id % 3 === 0 ? 'drop' : 'accept'
    },
    { concurrency: 4_096 },
  )
  let taken = 0
  for (let round = 0; round < 3; round++) {
    const first = stage.queue.stats().received + 1
    const outcomes = stage.deliver(1_000)
    while (waiting.length < 1_000) await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) waiting.splice((619 * ++taken) % waiting.length, 1)[0]!()
    const verdicts = Array.from({ length: 1_000 }, (_, i) => first + i).map((id) =>
      id % 7 !== 0 && id % 3 === 0 ? 'drop' : 'accept',
    )
    expect(await outcomes).toEqual(verdicts)
  }
  expect(stage.of('unjudged').every(({ packetId, reason }) => packetId % 7 === 0 && reason === 'rejected')).toBe(true)
  expect(stage.of('unjudged').length).toBe(Math.floor(3_000 / 7))
})

describe('a flow source', () => {
  const source = (part: Partial<FlowSource>): FlowSource => ({
    peek: () => undefined,
    get: async () => undefined,
    setMark: async () => true,
    ...part,
  })
  const without = (part: Partial<FlowSource>) =>
    Stage.open({ flows: source(part), conntrack: 'off', deadlineMilliseconds: 50 })

  const broken: readonly [string, Partial<FlowSource>][] = [
    ['peek throws', { peek: fail }],
    ['get throws', { get: fail }],
    ['get rejects', { get: () => Promise.reject(evil) }],
    ['setMark throws', { setMark: fail }],
    ['setMark rejects', { setMark: () => Promise.reject(evil) }],
    ['setMark returns what throws when awaited', { setMark: () => thenable({ value: fail }) as never }],
  ]
  test.each(broken)('whose %s is trouble, told once a second; packets go on without', async (_, part) => {
    await using stage = await without(part)
    stage.queue.run((packet) => packet.accept({ connmark: 3 }))
    expect(await stage.deliver(3)).toEqual(['accept', 'accept', 'accept'])
    expect(stage.told).toEqual([['trouble', evil]])
    expect(stage.queue.stats()).toMatchObject({ pending: 0, verdicts: { accept: 3 }, unjudged: { deadline: 0 } })
  })

  test('whose get never answers leaves packets to their deadline', async () => {
    await using stage = await without({ get: never })
    stage.queue.run((packet) => packet.drop())
    expect(await stage.deliver(2)).toEqual(['accept', 'accept'])
    expect(stage.of('unjudged').map(({ reason }) => reason)).toEqual(['deadline', 'deadline'])
  })

  test('whose setMark never answers: the deadline releases the packet without the mark, and says so', async () => {
    await using stage = await without({ setMark: never })
    stage.queue.run((packet) => {
      packet.drop({ connmark: 3, mark: 9 })
      expect(stage.queue.stats(), 'not counted before it is given').toMatchObject({ verdicts: { drop: 0 } })
      expect(() => packet.accept()).toThrow('it has had its verdict')
    })
    expect(await stage.deliver(2)).toEqual(['drop', 'drop'])
    expect(stage.of('trouble').map(({ message }) => message)).toEqual([
      expect.stringContaining('packet 1: its connmark was not set by its deadline'),
    ])
    expect(stage.queue.stats()).toMatchObject({ pending: 0, verdicts: { drop: 2 }, unjudged: { deadline: 0 } })
  })

  test('whose setMark never answers does not hold up closing, which loses no packet', async () => {
    await using stage = await Stage.open({
      flows: source({ setMark: never }),
      conntrack: 'off',
      deadlineMilliseconds: Number.POSITIVE_INFINITY,
    })
    stage.queue.run((packet) => {
      packet.accept({ connmark: 3 })
      stage.queue.close()
    })
    expect(await stage.deliver(2)).toEqual(['accept', 'accept'])
    await stage.queue.closed
    expect(stage.of('trouble')[0]?.message).toContain('not set before the queue was closed')
    expect(stage.queue.stats()).toMatchObject({ pending: 0, verdicts: { accept: 2 } })
  })

  test('a verdict through a later packet releases those that wait for their mark', async () => {
    await using stage = await without({ setMark: never })
    const seen: Packet[] = []
    stage.queue.run((packet) => {
      seen.push(packet)
      if (packet.id === 1) packet.accept({ connmark: 3 })
      else packet.hold()
      if (packet.id === 2) expect(stage.queue.judgeThrough(packet, 'drop')).toBe(2)
    })
    expect(await stage.deliver(2)).toEqual(['drop', 'drop'])
    expect(stage.told).toEqual([])
    expect(stage.queue.stats()).toMatchObject({ pending: 0, verdicts: { drop: 2 }, verdictErrors: 0 })
  })

  test('a flow that is found is the packet’s, and one that is broken is trouble', async () => {
    const flow = { mark: 7 } as Flow
    await using stage = await without({ get: async () => flow })
    stage.queue.run((packet) => packet.accept({ mark: packet.flow?.mark }))
    expect(await stage.deliver(1)).toEqual(['accept'])
    expect(stage.told).toEqual([])
  })
})

test('an observer of verdicts that throws fails on its own: the verdict is given once', async () => {
  await using stage = await Stage.open({ deadlineMilliseconds: 30 })
  const seen: number[] = []
  stage.queue.observe(fail)
  stage.queue.observe(({ id }) => seen.push(id))
  stage.queue.run((packet) => packet.accept())
  const thrown = await uncaught(async () => expect(await stage.deliver(3)).toEqual(['accept', 'accept', 'accept']))
  expect(thrown).toEqual([evil, evil, evil])
  expect(seen).toEqual([1, 2, 3])
  expect(stage.queue.stats()).toMatchObject({ pending: 0, verdicts: { accept: 3 }, verdictErrors: 0 })
})

test('judging through a packet lets the backlog in only when all of it is judged', async () => {
  await using stage = await Stage.open()
  const held: Packet[] = []
  stage.queue.run(
    (packet) => {
      if (packet.id > 2) packet.accept()
      else held.push(packet)
      if (packet.id !== 2) return packet.id === 1 ? never() : undefined
      expect(stage.queue.judgeThrough(packet, 'drop')).toBe(2)
    },
    { concurrency: 2 },
  )
  expect(await stage.deliver(5)).toEqual(['drop', 'drop', 'accept', 'accept', 'accept'])
  expect(stage.queue.stats()).toMatchObject({ pending: 0, verdicts: { drop: 2, accept: 3 } })
})
