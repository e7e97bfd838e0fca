import { openFirewall } from '@nfkit/firewall'
import { SimulatedKernel } from '@nfkit/simulator'
import { describe, expect, onTestFinished, test } from 'vitest'
import { until } from '../../../test/host.ts'
import { LogMovedError } from '../src/index.ts'
import { MemoryLog } from '../src/memory.ts'
import { encodeNotice } from '../src/notice/notice.ts'
import { seal } from '../src/notice/sealing.ts'
import { authorOn, authors, fleet, gateOn, Kept, stranger } from './stage.ts'

const say = (serial: number, place: string, by = authors.ops.privateKey, of = fleet) =>
  seal(
    of,
    'ops',
    by,
    encodeNotice({ serial, listings: [{ list: 'blocked', until: null, places: [place] }], policies: {} }),
  )

/** Addresses apart from each other. */
const many = (count: number, offset = 0) =>
  Array.from(
    { length: count },
    (_, i) => `11.${(i + offset) >> 15}.${((i + offset) >> 7) & 255}.${((i + offset) & 127) * 2}`,
  )

test('what an author says holds at every gate, in order, whenever they come', async () => {
  const log = new MemoryLog()
  const early = gateOn(log)
  const author = await authorOn(log)
  await author.block(['192.0.2.7', '203.0.113.0/24'])
  await author.allow('2001:db8::7', { seconds: 600 })
  await author.block('198.51.100.1')
  await author.unlist('192.0.2.7')
  await author.policy('ports', [80, 443])
  await author.policy('names', { blocked: ['social.example'] })
  await author.policy('ports', null)
  const late = gateOn(log)
  await late.gate.caughtUp
  await until(() => early.gate.stats().place === 7, 'all at the early gate')
  await until(() => early.policies.has('names') && early.target.on('blocked').length === 2, 'what holds')
  for (const { target, policies } of [early, late]) {
    expect(target.on('blocked')).toEqual(['198.51.100.1', '203.0.113.0/24'])
    expect(target.on('allowed')).toEqual(['2001:db8::7'])
    expect(target.listed.get('2001:db8::7')!.seconds).toBeGreaterThan(590)
    expect(policies.get('names')).toEqual({ blocked: ['social.example'] })
    expect(policies.get('ports')).toBeUndefined()
  }
})

describe('messages that change nothing, and are counted and said', () => {
  const refusedOf = async (message: (log: MemoryLog) => Uint8Array) => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    await author.block('192.0.2.1')
    log.put(message(log))
    await author.block('192.0.2.2')
    const { gate, target, told } = gateOn(log)
    await gate.caughtUp
    expect(target.on('blocked')).toEqual(['192.0.2.1', '192.0.2.2'])
    const { taken, refused, missing } = gate.stats()
    expect([taken, missing]).toEqual([2, 0])
    expect(Object.entries(refused).filter(([, count]) => count > 0)).toEqual([[told.refused[0]!.refusal, 1]])
    expect(told.refused).toEqual([{ place: 2, refusal: expect.any(String), why: expect.stringMatching(/^\w.* .*\w$/) }])
    return told.refused[0]!.refusal
  }

  test('nonsense, of every length', async () => {
    for (const length of [0, 1, 2, 66, 67, 200])
      expect(await refusedOf(() => new Uint8Array(length).fill(1))).toMatch(/malformed|stranger/)
  })

  test('a message that is longer than messages may be', async () => {
    expect(await refusedOf(() => new Uint8Array(262_145).fill(1))).toBe('oversized')
  })

  test('a message by an author who has no key', async () => {
    const body = encodeNotice({ serial: 2, listings: [], policies: {} })
    expect(await refusedOf(() => seal(fleet, 'eve', stranger.privateKey, body))).toBe('stranger')
  })

  test('a message in the name of an author that it has not signed', async () => {
    expect(await refusedOf(() => say(2, '192.0.2.9', stranger.privateKey))).toBe('signature')
  })

  test('a message that was signed for another fleet', async () => {
    expect(await refusedOf(() => say(2, '192.0.2.9', authors.ops.privateKey, 'home'))).toBe('signature')
  })

  test('a message with any bit of its body or its signature turned', async () => {
    const message = say(2, '192.0.2.9')
    for (let at = 5; at < message.length; at += 7) {
      const turned = Uint8Array.from(message)
      turned[at]! ^= 1
      expect(await refusedOf(() => turned)).toBe('signature')
    }
  })

  test('a message that was said already, at any later time', async () => {
    expect(await refusedOf((log) => log.entries[0]!.message)).toBe('replay')
  })

  test.each([
    ['no JSON', Buffer.from('{')],
    ['no notice', Buffer.from('[]')],
    ['no serial', Buffer.from('{ "serial": -1, "listings": [], "policies": {} }')],
    [
      'a list there is not',
      Buffer.from('{ "serial": 2, "listings": [{ "list": "toString", "until": null, "places": [] }], "policies": {} }'),
    ],
    [
      'a place that is none',
      Buffer.from(
        '{ "serial": 2, "listings": [{ "list": "blocked", "until": null, "places": ["nowhere"] }], "policies": {} }',
      ),
    ],
    ['no text', Uint8Array.of(0xff, 0xfe)],
  ])('a message of an author that makes no sense: %s', async (_, body) => {
    expect(await refusedOf(() => seal(fleet, 'ops', authors.ops.privateKey, body))).toBe('malformed')
  })
})

test('more than may be listed is not, and nothing of it', async () => {
  const log = new MemoryLog()
  const author = await authorOn(log)
  await author.block(many(8))
  await author.block(many(4, 100))
  await author.unlist(many(8))
  await author.block(many(4, 200))
  const { gate, target } = gateOn(log, { mostListed: 10 })
  await gate.caughtUp
  expect(target.on('blocked')).toEqual(many(4, 200).sort())
  expect(gate.stats().refused.full).toBe(1)
})

test('what is missing in the log is said, and a snapshot heals it', async () => {
  const log = new MemoryLog()
  const author = await authorOn(log)
  for (const place of many(4)) await author.block(place)
  const holey = new MemoryLog()
  for (const at of [0, 3]) holey.put(log.entries[at]!.message)
  const { gate, target, told } = gateOn(holey)
  await gate.caughtUp
  expect(told.missing).toEqual([{ place: 2, author: 'ops', messages: 2 }])
  expect(target.on('blocked').length).toBe(2)
  await author.snapshot()
  holey.put(log.entries.at(-1)!.message)
  await until(() => target.on('blocked').length === 4, 'all four')
})

describe('a snapshot', () => {
  test('stands for all that was said before, which the log forgets', async () => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    const there = gateOn(log)
    await author.block(many(9_000))
    await author.unlist(many(4_500))
    await author.policy('ports', [22])
    await until(() => there.gate.stats().place === 6, 'all')
    await until(() => there.target.listed.size === 4_500, 'all in force')
    const { calls } = there.target
    await author.snapshot()
    expect(log.entries.map(({ place }) => place)).toEqual([7, 8, 9])
    const late = gateOn(log)
    await late.gate.caughtUp
    expect(late.target.on('blocked')).toEqual(there.target.on('blocked'))
    expect(late.policies.get('ports')).toEqual([22])
    expect(late.gate.stats().missing).toBe(0)
    await until(() => there.gate.stats().place === 9, 'the snapshot where all is known')
    expect(there.target.calls).toBe(calls)
  })

  test('brings a gate that was away to what holds, also where the log has forgotten what it missed', async () => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    await author.block(['192.0.2.1', '192.0.2.2'])
    const { gate, target } = gateOn(log)
    await gate.caughtUp
    log.goAway()
    await until(() => gate.stats().place === 1, 'that it has noticed')
    log.comeBack()
    await author.unlist('192.0.2.1')
    await author.block('192.0.2.3')
    await author.snapshot()
    await until(() => target.on('blocked').join() === '192.0.2.2,192.0.2.3', 'what holds')
    expect(gate.stats().missing).toBe(0)
  })

  test('that is not whole changes nothing', async () => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    await author.block(many(5_000))
    await author.snapshot()
    const cut = new MemoryLog()
    cut.put(say(1, '192.0.2.1'))
    cut.put(log.entries[1]!.message)
    const { gate, target } = gateOn(cut)
    await gate.caughtUp
    expect(target.on('blocked')).toEqual(['192.0.2.1'])
    expect(gate.stats().refused.broken).toBe(1)
  })

  test('has what another author has said meanwhile before it, or begins anew', async () => {
    const log = new MemoryLog()
    const [ops, soc] = [await authorOn(log), await authorOn(log, 'soc')]
    await ops.block(many(5_000))
    await Promise.all([ops.snapshot(), soc.block('192.0.2.7'), soc.snapshot(), ops.block('192.0.2.8')])
    const { gate, target } = gateOn(log)
    await gate.caughtUp
    expect(target.on('blocked')).toEqual([...many(5_000), '192.0.2.7', '192.0.2.8'].sort())
    expect(gate.stats()).toMatchObject({ missing: 0, listed: 5_002 })
  })
})

describe('the broker', () => {
  test('goes and comes: nothing is lost, and nothing is said twice', async () => {
    const log = new MemoryLog()
    const { gate, target, told } = gateOn(log)
    const author = await authorOn(log)
    await author.block('192.0.2.1')
    await gate.caughtUp
    log.goAway()
    const saying = author.block('192.0.2.2')
    await until(() => told.trouble.length > 0, 'that the gate has noticed')
    log.comeBack()
    await saying
    log.loseAnswers()
    const unanswered = author.block('192.0.2.3')
    await until(() => log.entries.length === 3, 'that it is stored')
    log.comeBack()
    await unanswered
    await author.block('192.0.2.4')
    await until(() => target.on('blocked').length === 4, 'all')
    expect(log.entries.length).toBe(4)
    expect(gate.stats()).toMatchObject({ taken: 4, missing: 0 })
    await until(() => told.caughtUp.length > 1, 'that it has caught up again')
  })

  test('is away for too long: what was to be said is given up, and the author goes on', async () => {
    const log = new MemoryLog()
    const author = await authorOn(log, 'ops', { patienceMilliseconds: 100 })
    log.goAway()
    await expect(author.block('192.0.2.1')).rejects.toThrow()
    log.comeBack()
    await author.block('192.0.2.2')
    const { gate, target } = gateOn(log)
    await gate.caughtUp
    expect(target.on('blocked')).toEqual(['192.0.2.2'])
  })

  test('an author that begins anew goes on where it was', async () => {
    const log = new MemoryLog()
    const first = await authorOn(log)
    await first.block('192.0.2.1')
    await first.close()
    await expect(first.block('192.0.2.9')).rejects.toThrow()
    await (await authorOn(log)).block('192.0.2.2')
    const { gate, target } = gateOn(log)
    await gate.caughtUp
    expect(target.on('blocked')).toEqual(['192.0.2.1', '192.0.2.2'])
    expect(gate.stats()).toMatchObject({ missing: 0, refused: { replay: 0 } })
  })

  test('an append behind a place that is not the last is refused', async () => {
    const log = new MemoryLog()
    log.put(Uint8Array.of(1))
    const { signal } = new AbortController()
    await expect(log.append(Uint8Array.of(2), { id: 'a', after: 0, signal })).rejects.toThrow(LogMovedError)
    expect(await log.append(Uint8Array.of(2), { id: 'b', after: 1, signal })).toBe(2)
  })
})

describe('the kernel', () => {
  test('refuses: it is tried again until all is in force', async () => {
    const log = new MemoryLog()
    const target = new Kept()
    target.failures = 2
    const { gate, told } = gateOn(log, { target })
    const author = await authorOn(log)
    await author.block('192.0.2.1')
    await until(() => target.on('blocked').length === 1, 'that it is in force')
    expect(told.trouble.map(({ message }) => message)).toEqual(['the kernel is busy', 'the kernel is busy'])
    expect(gate.stats().taken).toBe(1)
  })

  test('is busy: what changes meanwhile is one call', async () => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    for (let round = 0; round < 50; round++) {
      await author.block('192.0.2.1')
      await author.unlist('192.0.2.1')
    }
    await author.block('192.0.2.2')
    const { gate, target } = gateOn(log)
    await gate.caughtUp
    expect(target.on('blocked')).toEqual(['192.0.2.2'])
    expect(target.calls).toBeLessThan(20)
  })

  test('what is taken back takes nothing with it that stays, and times are told in few groups', async () => {
    const log = new MemoryLog()
    const kernel = new SimulatedKernel()
    const firewall = await openFirewall({
      transport: () => kernel.connect(),
      ...{ name: 'gate', hooks: ['input'], absent: 'accept', judge: () => 'accept' },
    })
    onTestFinished(() => firewall.close())
    const { told } = gateOn(log, { target: firewall })
    const author = await authorOn(log)
    await author.block(['192.0.2.0/24', '192.0.2.7', '203.0.113.0/24'])
    await author.unlist(['192.0.2.0/24'])
    await author.block('203.0.113.9', { seconds: 600 })
    await author.unlist('203.0.113.9')
    const passes = async (source: string) => {
      const { udp } = await import('@nfkit/ip-codec/build')
      const packet = udp(`${source}:1000 > 10.0.0.1:53`, { payload: 'x' })
      return (await kernel.deliver(packet, { hook: 'input', indev: 'eth0' })).verdict === 'accept'
    }
    await expect.poll(() => passes('192.0.2.8'), { timeout: 10_000 }).toBe(true)
    await expect.poll(() => passes('203.0.113.9'), { timeout: 10_000 }).toBe(false)
    expect([await passes('192.0.2.7'), await passes('203.0.113.8'), await passes('10.0.0.9')]).toEqual([
      false,
      false,
      true,
    ])
    expect(told.trouble).toEqual([])
  })
})

test('options that make no sense are refused, with a sentence', async () => {
  const log = new MemoryLog()
  expect(() => gateOn(log, { fleet: 'a b' })).toThrow('fleet: "a b" is no name')
  expect(() => gateOn(log, { keys: { ops: authors.ops.privateKey } })).toThrow(
    'keys.ops: pass the public key of Ed25519',
  )
  expect(() => gateOn(log, { mostByte: 5 } as never)).toThrow('did you mean "mostBytes"')
  expect(() => gateOn({} as never)).toThrow('log.append')
  await expect(authorOn(log, 'ops', { keys: { soc: authors.soc.publicKey } })).rejects.toThrow('"ops" has no key')
  const author = await authorOn(log)
  await expect(author.block('nowhere')).rejects.toThrow('"nowhere" is neither an address nor a network')
  await expect(author.policy('long', 'x'.repeat(300_000))).rejects.toThrow('is longer than the 262144')
  expect(log.entries).toEqual([])
})
