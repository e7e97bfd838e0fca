import { decodeDns } from '@nfkit/streams/dns'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { listedName, NameMap } from '../src/lists/name-map.ts'
import { Aliases } from '../src/names/aliases.ts'
import { foundIn } from '../src/names/answer.ts'
import { Names } from '../src/names/names.ts'
import { namesSettingsOf } from '../src/names/options.ts'
import { isPrivate, LocalNames } from '../src/names/private.ts'
import { Questions } from '../src/names/questions.ts'
import type { Register } from '../src/names/register.ts'
import { answer, query } from './suites/dns.ts'

const label = fc.stringMatching(/^[a-z]{1,3}$/)
const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'))

test('a name matches what is listed if it is the same, or below what a star stands for', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(fc.boolean(), name)), name, (listed, asked) => {
      const names = new NameMap<string>()
      const all = new Set(listed.map(([isBelow, one]) => (isBelow ? `*.${one}` : one)))
      for (const one of all) names.set(one, one)
      const isMeant = (one: string) => (one.startsWith('*.') ? asked.endsWith(one.slice(1)) : asked === one)
      expect(new Set(names.matching(asked))).toEqual(new Set([...all].filter(isMeant)))
    }),
  )
})

test.each([
  ['Example.ORG.', 'example.org'],
  ['*.example.org', '*.example.org'],
  ['_sip._tcp.example', '_sip._tcp.example'],
  ['localhost', 'localhost'],
  ['192.0.2.7', undefined],
  ['192.0.2.700', undefined],
  ['*.*.example', undefined],
  ['-a.example', undefined],
  [`${'a'.repeat(64)}.example`, undefined],
  [Array(128).fill('a').join('.'), undefined],
])('%s is listed as %s', (text, listed) => {
  expect(listedName(text)).toBe(listed)
})

describe('questions', () => {
  const asked = { id: 1, name: 'www.example.org' }

  test('of all answers, only those that fit a question in every way count, and each once', () => {
    const ends = fc.constantFrom('one', 'two')
    const question = fc.record({
      id: fc.integer({ min: 0, max: 2 }),
      name: fc.constantFrom('a.example', 'A.example', 'b.example'),
      type: fc.constantFrom('a' as const, 'aaaa' as const),
    })
    const step = fc.record({ isAnswer: fc.boolean(), ends, question })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const questions = new Questions()
        const open = new Map<string, number>()
        for (const { isAnswer, ends: exchange, question: one } of steps) {
          const key = `${exchange} ${JSON.stringify(one)}`
          const count = open.get(key) ?? 0
          if (isAnswer) {
            expect(questions.answer(exchange, decodeDns(answer(one, [])), 0)).toBe(count > 0)
            open.set(key, Math.max(0, count - 1))
          } else {
            questions.ask(exchange, decodeDns(query(one)), 0)
            open.set(key, Math.min(8, count + 1))
          }
        }
        expect(questions.size).toBe([...open.values()].filter((count) => count > 0).length)
      }),
    )
  })

  test('that are handed over await the same answers, for as long, and from the same ends', () => {
    const [first, second] = [new Questions(), new Questions()]
    for (let i = 0; i < 3; i++) first.ask('ends', decodeDns(query(asked)), 0)
    for (let id = 2; id < 2 + 31; id++) first.answer('ends', decodeDns(answer({ ...asked, id }, [])), 0)
    second.takeOver(JSON.parse(JSON.stringify(first.left(4_000))), 1_000_000)
    const comes = (id: number, now: number) => second.answer('ends', decodeDns(answer({ ...asked, id }, [])), now)
    expect(second.answer('other ends', decodeDns(answer(asked, [])), 1_000_000)).toBe(false)
    expect([comes(1, 1_000_000), comes(2, 1_000_000), comes(1, 1_005_999), comes(1, 1_006_000)]).toEqual([
      ...[true, false, true],
      false,
    ])
    // One more that is wrong is one too many.
    const third = new Questions()
    third.takeOver(first.left(0), 0)
    for (const id of [40, 41]) third.answer('ends', decodeDns(answer({ ...asked, id }, [])), 0)
    expect(third.awaits('ends')).toBe(false)
  })

  test('are forgotten after ten seconds', () => {
    const questions = new Questions()
    questions.ask('ends', decodeDns(query(asked)), 0)
    expect(questions.answer('ends', decodeDns(answer(asked, [])), 10_000)).toBe(false)
    expect(questions.awaits('ends')).toBe(false)
  })

  test('no more is kept than 8,192, whoever asks', () => {
    const questions = new Questions()
    for (let i = 0; i < 20_000; i++) questions.ask(`ends ${i}`, decodeDns(query(asked)), i / 10)
    expect(questions.size).toBe(8_192)
    expect(questions.answer('ends 0', decodeDns(answer(asked, [])), 2_000)).toBe(false)
    expect(questions.answer('ends 19999', decodeDns(answer(asked, [])), 2_000)).toBe(true)
  })

  test('no answer is believed where somebody guesses', () => {
    const questions = new Questions()
    questions.ask('ends', decodeDns(query(asked)), 0)
    for (let id = 2; id < 2 + 33; id++) questions.answer('ends', decodeDns(answer({ ...asked, id }, [])), 0)
    expect(questions.answer('ends', decodeDns(answer(asked, [])), 0)).toBe(false)
  })
})

test('an address lives as long as the shortest-lived record that leads to it', () => {
  const message = answer({ name: 'a.example' }, [
    { name: 'a.example', type: 'cname', to: 'b.example', seconds: 30 },
    { name: 'b.example', type: 'cname', to: 'c.example', seconds: 20 },
    { name: 'c.example', type: 'a', to: '192.0.2.1', seconds: 10 },
    { name: 'c.example', type: 'a', to: '192.0.2.2', seconds: 40 },
    { name: 'c.example', type: 'a', to: '192.0.2.3', seconds: 0x8000_0000 },
    { name: 'd.example', type: 'a', to: '192.0.2.4', seconds: 40 },
  ])
  const { addresses, names } = foundIn(decodeDns(message), 'a.example')
  expect(addresses).toEqual([
    { address: '192.0.2.1', seconds: 10 },
    { address: '192.0.2.2', seconds: 20 },
    { address: '192.0.2.3', seconds: 0 },
  ])
  expect(names).toEqual([
    { name: 'b.example', seconds: 30 },
    { name: 'c.example', seconds: 20 },
  ])
})

test.each([
  ...['10.1.2.3', '127.0.0.1', '169.254.169.254', '172.31.0.1', '192.168.7.1', '100.64.0.1', '0.0.0.0', '224.0.0.1'],
  ...['::1', '::', 'fe80::1', 'fd00::1', 'ff02::1', '::ffff:10.0.0.1', '64:ff9b::192.168.0.1'],
])('%s is private', (address) => {
  expect(isPrivate(address)).toBe(true)
})

test.each(['1.1.1.1', '172.32.0.1', '192.169.0.1', '2606:4700::1', '::ffff:1.1.1.1', '64:ff9b::1.1.1.1'])(
  '%s is not',
  (address) => {
    expect(isPrivate(address)).toBe(false)
  },
)

test('names are local by standard, or because they are given', () => {
  const local = new LocalNames(['*.corp.example'])
  const all = [
    'nas.home.arpa',
    'printer.local',
    'db.internal',
    'router',
    'git.corp.example',
    'corp.example',
    'example.org',
  ]
  expect(all.filter((one) => local.has(one))).toEqual(all.slice(0, 5))
})

test('names behind aliases are kept for a time, and so many', () => {
  const aliases = new Aliases()
  aliases.add('cdn.example', ['a.example'], 10)
  aliases.add('cdn.example', ['b.example'], 20)
  expect(aliases.of('cdn.example', 5)).toEqual(['a.example', 'b.example'])
  expect(aliases.of('cdn.example', 15)).toEqual(['b.example'])
  for (let i = 0; i < 4_096; i++) aliases.add(`${i}.example`, ['a.example'], 20)
  expect(aliases.of('cdn.example', 5)).toEqual([])
})

test('an answer that waits for the kernel fits its question again, when it comes to the next firewall', async () => {
  const asked = { id: 7, name: 'www.example.org' }
  const way = { exchange: 'ends', client: '192.0.2.1', server: '192.0.2.53' }
  const answered = decodeDns(answer(asked, [{ name: asked.name, type: 'a', to: '198.51.100.7' }]))
  /** Names whose addresses are listed when the kernel says so. */
  const namesWith = (kernel: Promise<unknown> | boolean) =>
    new Names({
      register: { has: () => true, list: () => kernel, left: async () => ({}), takeOver() {} } as unknown as Register,
      settings: namesSettingsOf({ servers: 'any' }),
      ...{ resolved() {}, unresolved() {}, trouble() {} },
    })
  const first = namesWith(new Promise(() => {}))
  first.asked(way, decodeDns(query(asked)))
  expect(first.answered(way, answered)).toBeInstanceOf(Promise)
  const second = namesWith(true)
  second.takeOver(JSON.parse(JSON.stringify(await first.left())))
  expect(second.answered(way, answered)).toBe(true)
  expect(second.counts).toMatchObject({ resolved: 1, others: 0 })
  const third = namesWith(true)
  third.takeOver(JSON.parse(JSON.stringify(await second.left())))
  third.answered(way, answered)
  expect(third.counts).toMatchObject({ resolved: 0, others: 1 })
})
