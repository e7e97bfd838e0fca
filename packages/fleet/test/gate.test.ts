import { describe, expect, test, vi } from 'vitest'
import { until } from '../../../test/host.ts'
import { Applying } from '../src/applying.ts'
import { type FleetLog, type FleetTarget, type GateHandover, LogBehindError } from '../src/index.ts'
import { MemoryLog } from '../src/memory.ts'
import { Replica } from '../src/notice/replica.ts'
import { authorOn, gateOn, Kept } from './stage.ts'

const many = (count: number, network = 11) =>
  Array.from({ length: count }, (_, i) => `${network}.${i >> 15}.${(i >> 7) & 255}.${(i & 127) * 2}`)

/** A target that never answers from some call on, until it may. */
class Slow extends Kept {
  go!: () => void
  readonly #going = new Promise<void>((resolve) => {
    this.go = resolve
  })

  override async block(...words: Parameters<FleetTarget['block']>) {
    await this.#going
    return super.block(...words)
  }
}

describe('before it has caught up', () => {
  test('nothing is in force, and then all that holds: what was taken back since never is', async () => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    await author.block(['192.0.2.1', '192.0.2.2'])
    await author.policy('ports', [22])
    await author.unlist('192.0.2.1')
    await author.policy('ports', [23])
    const target = new Kept()
    const were: string[] = []
    const block = target.block.bind(target)
    target.block = (where, options) => {
      were.push(...where)
      return block(where, options)
    }
    const ports: unknown[] = []
    const { gate } = gateOn(log, { target, policy: (_, value) => ports.push(value) })
    await gate.caughtUp
    expect([were, ports]).toEqual([['192.0.2.2'], [[23]]])
  })

  test('a snapshot that has cut the log meanwhile is read to its end', async () => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    await author.block(many(9_000))
    await author.unlist(many(500))
    let isCut = false
    const cutting: FleetLog = {
      append: (...words) => log.append(...words),
      read: (...words) => log.read(...words),
      trim: (...words) => log.trim(...words),
      async end() {
        const place = await log.end()
        if (!isCut) await author.snapshot()
        isCut = true
        return place
      },
    }
    const { gate, target } = gateOn(cutting)
    await gate.caughtUp
    expect(target.listed.size).toBe(8_500)
  })
})

describe('opened with `after`', () => {
  const said = async () => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    await author.block(['192.0.2.1', '192.0.2.2'])
    await author.policy('ports', [22])
    await author.unlist('192.0.2.1')
    const { gate } = gateOn(log)
    await gate.caughtUp
    return { log, author, after: gate.serials }
  }

  test('a log with all that was heard is in force, from its first message on', async () => {
    const { log, after, author } = await said()
    const { gate, target, policies } = gateOn(log, { after })
    await gate.caughtUp
    expect([target.on('blocked'), policies.get('ports')]).toEqual([['192.0.2.2'], [22]])
    expect(gate.stats()).toMatchObject({ taken: 3, missing: 0, refused: { replay: 0 } })
    await author.snapshot()
    const late = gateOn(log, { after })
    await late.gate.caughtUp
    expect([late.target.on('blocked'), late.gate.stats().missing]).toEqual([['192.0.2.2'], 0])
  })

  test('nothing of an older log is in force, until what was heard is there', async () => {
    const { log, after } = await said()
    const older = new MemoryLog()
    for (const { message } of log.entries.slice(0, 2)) older.put(message)
    const { gate, target, policies, told } = gateOn(older, { after })
    await until(() => told.trouble.length > 0, 'that it is told')
    expect(told.trouble).toEqual([expect.any(LogBehindError)])
    expect(told.trouble[0]).toMatchObject({ author: 'ops', heard: 2, expected: 3 })
    expect([target.calls, policies.size, told.caughtUp]).toEqual([0, 0, []])
    older.put(log.entries[2]!.message)
    await gate.caughtUp
    expect([target.on('blocked'), policies.get('ports')]).toEqual([['192.0.2.2'], [22]])
  })

  test('one who has no key any more is not waited for', async () => {
    const { log } = await said()
    const { gate, target } = gateOn(log, { after: { gone: 7 } })
    await gate.caughtUp
    expect(target.on('blocked')).toEqual(['192.0.2.2'])
  })
})

describe('handed over', () => {
  test('while its target is busy: what that was not told is the next one’s, also what it has otherwise', async () => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    await author.allow(['192.0.2.1', '192.0.2.2'])
    const target = new Slow()
    const { gate } = gateOn(log, { target })
    await gate.caughtUp
    await author.block(['192.0.2.1', '198.51.100.1'])
    await until(() => gate.stats().place === 2, 'that it has read it')
    const leaving = gate.handOver()
    target.go()
    const left = await leaving
    await author.unlist('192.0.2.2')
    const next = new Kept()
    for (const [place, listed] of target.listed) next.listed.set(place, listed)
    const second = gateOn(log, { target: next, handover: left })
    await second.gate.caughtUp
    expect([next.on('blocked'), next.on('allowed')]).toEqual([['192.0.2.1', '198.51.100.1'], []])
  })

  test('within a snapshot: the next one reads it from its beginning', async () => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    await author.block(many(9_000))
    await author.snapshot()
    const cut = new MemoryLog()
    const [first, ...others] = log.entries.map(({ message }) => message)
    cut.put(first!)
    const { gate } = gateOn(cut)
    await until(() => gate.stats().place === 1, 'its first part')
    const left = await gate.handOver()
    for (const message of others) cut.put(message)
    const { gate: next, target } = gateOn(cut, { handover: left })
    await next.caughtUp
    expect([target.listed.size, next.stats().refused.broken, next.stats().refused.replay]).toEqual([9_000, 0, 0])
  })

  test('to one of another log, which it reads from the beginning', async () => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    for (const place of many(4)) await author.block(place)
    const { gate } = gateOn(log)
    await gate.caughtUp
    const left = await gate.handOver()
    await author.snapshot()
    const other = new MemoryLog()
    other.put(log.entries[0]!.message)
    const { gate: next, target } = gateOn(other, { handover: left })
    await next.caughtUp
    expect([target.listed.size, next.stats().taken]).toEqual([4, 1])
  })

  test('while its broker does not answer: it is not waited for', async () => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    await author.block('192.0.2.1')
    const { gate, target } = gateOn(log)
    await gate.caughtUp
    const left = await gate.handOver()
    const never = new Promise<never>(() => {})
    const silent: FleetLog = { append: () => never, async *read() {}, end: () => never, trim: () => never }
    const second = gateOn(silent, { target, handover: left })
    expect(await second.gate.handOver()).toEqual(left)
  })

  const whole: GateHandover = {
    ...{ version: 1, fleet: 'office', place: 7, serials: { ops: 7 }, stale: [], policies: {} },
    listed: [{ list: 'blocked', until: null, places: ['192.0.2.1', '192.0.2.2'] }],
  }
  test.each([
    ['nothing', null, TypeError, 'handover: null is none'],
    ['a text', 'x', TypeError, 'handover: "x" is none'],
    ['a later version', { ...whole, version: 2 }, RangeError, 'its version is 2, and known is 1'],
    ['no version', { ...whole, version: undefined }, TypeError, 'handover.version'],
    ['another fleet', { ...whole, fleet: 'home' }, RangeError, 'of the fleet "home", and not of "office"'],
    ['a place that is none', { ...whole, place: -1 }, TypeError, 'handover.place'],
    ['serials that are none', { ...whole, serials: { ops: 0.5 } }, TypeError, 'handover.serials'],
    ['no list', { ...whole, listed: {} }, TypeError, 'handover.listed'],
    [
      'an address that is none',
      { ...whole, listed: [{ list: 'blocked', until: null, places: ['here'] }] },
      TypeError,
      'handover.listed',
    ],
    [
      'a list that is none',
      { ...whole, stale: [{ list: 'none', until: null, places: [] }] },
      TypeError,
      'handover.stale',
    ],
    ['policies that are none', { ...whole, policies: [] }, TypeError, 'handover.policies'],
  ])('what is damaged is refused: %s', (_, handover, kind, text) => {
    const open = () => gateOn(new MemoryLog(), { handover: handover as GateHandover })
    expect(open).toThrow(kind)
    expect(open).toThrow(text)
  })

  test('more than is kept is refused', () => {
    expect(() => gateOn(new MemoryLog(), { handover: whole, mostListed: 1 })).toThrow(
      '2 are listed, and mostListed is 1',
    )
  })
})

describe('what is kept', () => {
  test('has an end: those whose time is over are forgotten, here and of the target', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const replica = new Replica(1_000_000)
      const target = new Kept()
      const applying = new Applying(replica, { target, policy: () => {} })
      const { signal } = new AbortController()
      for (let serial = 1; serial <= 40; serial++) {
        const until = Date.now() + 1_000
        const places = many(500, serial)
        const notice = { serial, listings: [{ list: 'blocked', until, places } as const], policies: {} }
        const taken = replica.take('ops', notice, Date.now())
        if (typeof taken === 'string') throw new Error(taken)
        applying.touch(taken.places, taken.policies)
        await applying.done(signal)
        vi.setSystemTime(Date.now() + 2_000)
      }
      expect(replica.listed.size).toBeLessThan(2_048)
      expect(applying.applied.size).toBeLessThan(2_048)
    } finally {
      vi.useRealTimers()
    }
  })
})

test('a target that refuses what stays where a network was taken back is asked again', async () => {
  const log = new MemoryLog()
  const author = await authorOn(log)
  const target = new Kept()
  const { gate, told } = gateOn(log, { target })
  await author.block(['192.0.2.0/24', '192.0.2.7'])
  await gate.caughtUp
  await until(() => target.listed.size === 2, 'both')
  const unlist = target.unlist.bind(target)
  target.unlist = async (where) => {
    await unlist(where)
    // The kernel has the address no more either.
    target.listed.delete('192.0.2.7')
    target.failures = 1
  }
  await author.unlist('192.0.2.0/24')
  await until(() => told.trouble.length > 0 && target.on('blocked').length > 0, 'that it is tried again')
  expect(target.on('blocked')).toEqual(['192.0.2.7'])
})
