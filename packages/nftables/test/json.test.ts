import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  accept,
  ct,
  fib,
  ip,
  meta,
  parseJson,
  printRuleset,
  queue,
  RulesetJsonError,
  table,
  tcp,
  vmap,
} from '../src/index.ts'

const head = [
  { metainfo: { version: '1.0.6', release_name: 'Lester Gooch #5', json_schema_version: 1 } },
  { table: { family: 'inet', name: 'fw', handle: 1 } },
]
const place = { family: 'inet', table: 'fw', handle: 2 }
const input = {
  chain: { ...place, name: 'input', type: 'filter', hook: 'input', prio: 0, policy: 'drop' },
}
const rule = (...expr: readonly unknown[]) => ({ rule: { ...place, chain: 'input', handle: 3, expr } })
const text = (...items: readonly unknown[]) => JSON.stringify({ nftables: [...head, input, ...items] })
const bodyOf = (...expr: readonly unknown[]) => parseJson(text(rule(...expr))).tables[0]!.chains[0]!.rules[0]!.body

const payload = (protocol: string, field: string) => ({ payload: { protocol, field } })
const match = (op: string, left: unknown, right: unknown) => ({ match: { op, left, right } })

const whole = text(
  {
    set: {
      ...place,
      name: 'seen',
      type: ['ipv4_addr', 'inet_service'],
      handle: 4,
      flags: ['interval', 'timeout'],
      elem: [
        { elem: { val: { concat: [{ prefix: { addr: '10.0.0.0', len: 8 } }, { range: [80, 90] }] }, timeout: 3600 } },
        { concat: ['192.0.2.1', 443] },
      ],
    },
  },
  { map: { ...place, name: 'judged', type: 'mark', handle: 5, map: 'verdict', elem: [[1, { drop: null }]] } },
  { counter: { ...place, name: 'hits', handle: 6, packets: 5, bytes: 100 } },
  rule(
    match('in', { ct: { key: 'state' } }, ['established', 'related']),
    match('==', payload('tcp', 'dport'), { set: [22, { range: [80, 90] }] }),
    { counter: 'hits' },
    { limit: { rate: 10, burst: 5, per: 'second' } },
    { log: { prefix: 'new ', group: 5 } },
    { accept: null },
  ),
)

test('a ruleset is read to values, which print as nft’s language', () => {
  expect(printRuleset(parseJson(whole))).toMatchInlineSnapshot(`
    "table inet fw {
    	counter hits {
    		packets 5 bytes 100
    	}

    	set seen {
    		type ipv4_addr . inet_service
    		flags interval,timeout
    		elements = { 10.0.0.0/8 . 80-90 timeout 1h, 192.0.2.1 . 443 }
    	}

    	map judged {
    		type mark : verdict
    		elements = { 0x00000001 : drop }
    	}

    	chain input {
    		type filter hook input priority 0; policy drop;
    		ct state established,related tcp dport { 22, 80-90 } counter name "hits" limit rate 10/second burst 5 packets log prefix "new " group 5 accept
    	}
    }
    "
  `)
})

describe('what nft writes in several ways is one value', () => {
  test('bits: alone, as a list, as a sum', () => {
    const any = ct.state.in(['new', 'established'])
    const key = { ct: { key: 'state' } }
    expect(bodyOf(match('in', key, ['established', 'new']))).toEqual([any])
    expect(bodyOf(match('in', key, { '|': ['new', 'established'] }))).toEqual([any])
  })

  test('numbers: negative ones have 64 bits, large ones all their digits', () => {
    const bytes = { ct: { key: 'bytes' } }
    const most = ct.bytes.above(0xffff_ffff_ffff_ffffn)
    expect(bodyOf(match('>', bytes, -1))).toEqual([most])
    const digits = text(rule(match('>', bytes, 'N'))).replace('"N"', '18446744073709551615')
    expect(parseJson(digits).tables[0]!.chains[0]!.rules[0]!.body).toEqual([most])
  })

  test('a queue', () => {
    expect(bodyOf({ queue: { num: { range: [0, 3] }, flags: ['bypass', 'fanout'] } })).toEqual([
      queue(0, 3, { bypass: true, fanout: true }),
    ])
    expect(bodyOf({ queue: { num: 7, flags: 'bypass' } })).toEqual([queue(7, { bypass: true })])
  })

  test('members stand in the order that list has', () => {
    const mark = { meta: { key: 'mark' } }
    expect(bodyOf(match('==', mark, { set: [256, 1] }))).toEqual([meta.mark.in([256, 1])])
    expect(
      bodyOf({
        vmap: {
          key: payload('tcp', 'dport'),
          data: {
            set: [
              [80, { accept: null }],
              [22, { accept: null }],
            ],
          },
        },
      }),
    ).toEqual([
      vmap(tcp.dport, [
        [22, accept()],
        [80, accept()],
      ]),
    ])
  })

  test('whether there is a route', () => {
    expect(bodyOf(match('==', { fib: { result: 'oif', flags: ['saddr', 'iif'] } }, false))).toEqual([
      fib('saddr', 'iif').oif.is('missing'),
    ])
  })

  test('interfaces by name, where the kernel has their numbers', () => {
    const iif = rule(match('==', { meta: { key: 'iif' } }, 'eth0'))
    const { tables } = parseJson(text(iif), { interfaces: { eth0: 2 } })
    expect(tables[0]!.chains[0]!.rules[0]!.body).toEqual([meta.iif.is(2)])
  })

  test('a condition that another implies is left out', () => {
    expect(
      bodyOf(match('==', { meta: { key: 'nfproto' } }, 'ipv4'), match('==', payload('ip', 'saddr'), '10.0.0.1')),
    ).toEqual([ip.saddr.is('10.0.0.1')])
  })

  test('a set is dynamic where rules need that', () => {
    const set = { set: { ...place, name: 'seen', type: 'ipv4_addr', handle: 4 } }
    const add = { set: { op: 'add', elem: payload('ip', 'saddr'), set: '@seen', stmt: [{ counter: null }] } }
    expect(parseJson(text(set, rule(add))).tables[0]!.sets[0]!.set.dynamic).toBe(true)
    expect(parseJson(text(set, rule())).tables[0]!.sets[0]!.set.dynamic).toBe(false)
  })
})

describe('what cannot be read is refused with its place', () => {
  test.each([
    ['no text at all', '', '', /it is no JSON/],
    ['another object', '{}', '', /"nftables" is missing/],
    ['a command', '{"nftables":[{"add":{}}]}', 'nftables[0].add', /give what "nft -j list ruleset" prints/],
    ['a thing', '{"nftables":[{"tabel":{}}]}', 'nftables[0].tabel', /no value for it/],
    [
      'a rule without its table',
      JSON.stringify({ nftables: [rule()] }),
      'nftables[0].rule',
      /does not stand before it/,
    ],
    [
      'a selector',
      text(rule(match('==', payload('tcp', 'dprot'), 22))),
      'nftables[3].rule.expr[0].match.left.payload',
      /did you mean "tcp dport"/,
    ],
    [
      'another field',
      text(rule(match('==', { exthdr: { name: 'frag' } }, true))),
      'nftables[3].rule.expr[0].match.left.exthdr',
      /do not look at it/,
    ],
    [
      'a key',
      text(rule({ limit: { rate: 1, per: 'second', brust: 1 } })),
      'nftables[3].rule.expr[0].limit.brust',
      /did you mean "burst"/,
    ],
    [
      'a value',
      text(rule(match('==', payload('tcp', 'dport'), 70_000))),
      'nftables[3].rule.expr[0].match',
      /does not fit/,
    ],
    [
      'a word',
      text(rule({ limit: { rate: 1, per: 'secnod' } })),
      'nftables[3].rule.expr[0].limit.per',
      /did you mean "second"/,
    ],
    [
      'an interface',
      text(rule(match('==', { meta: { key: 'iif' } }, 'eth0'))),
      'nftables[3].rule.expr[0].match.right',
      /interfaces: { "eth0": … }/,
    ],
    ['an extension', text(rule({ xt: null })), 'nftables[3].rule.expr[0].xt', /read the rules with list\(\)/],
    [
      'the flags of nft 1.0.6',
      JSON.stringify({ nftables: [{ table: { family: 'ip', name: 'a', handle: 1, flags: 'a' } }] }),
      'nftables[0].table.flags',
      /in place of its flags/,
    ],
  ])('%s', (_, json, place, reason) => {
    const error = (() => {
      try {
        return parseJson(json)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(RulesetJsonError)
    expect(error).toMatchObject({ place, reason: expect.stringMatching(reason) })
  })
})

/** All that is in a value, and everything it is in, each replaced by something else or left out. */
function damaged(value: unknown, others: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null) return others
  const entries = Object.entries(value)
  if (entries.length === 0) return others
  return fc.oneof(
    { weight: 1, arbitrary: others },
    {
      weight: 8,
      arbitrary: fc
        .constantFrom(...entries)
        .chain(([key, inside]) =>
          fc.oneof(
            { weight: 6, arbitrary: damaged(inside, others).map((other) => put(value, key, other)) },
            { weight: 1, arbitrary: fc.constant(put(value, key, undefined)) },
            { weight: 1, arbitrary: fc.tuple(fc.string(), others).map(([name, other]) => put(value, name, other)) },
          ),
        ),
    },
  )
}

const put = (value: object, key: string, other: unknown): unknown =>
  Array.isArray(value) ? value.map((one, i) => (String(i) === key ? other : one)) : { ...value, [key]: other }

test('whatever is read, it is a ruleset or a RulesetJsonError', () => {
  const parts = JSON.parse(whole) as object
  const inside = fc.constantFrom(...allIn(parts))
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    damaged(parts, fc.oneof(inside, fc.jsonValue())).map((value) => JSON.stringify(value) ?? ''),
    fc
      .tuple(fc.nat(whole.length), fc.nat(8), fc.string({ maxLength: 3 }))
      .map(([at, length, other]) => whole.slice(0, at) + other + whole.slice(at + length)),
  )
  fc.assert(
    fc.property(texts, (json) => {
      try {
        printRuleset(parseJson(json))
      } catch (error) {
        if (!(error instanceof RulesetJsonError)) throw error
      }
    }),
    {
      numRuns: Number(process.env['ROUNDS'] ?? 3000),
      ...(process.env['SEED'] ? { seed: Number(process.env['SEED']) } : {}),
    },
  )
})

function allIn(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(allIn)] : [value]
}

test('what is too deep or too long is refused', () => {
  const deep = (levels: number) => `{"nftables":[{"table":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}]}`
  expect(() => parseJson(deep(100_000))).toThrow(RulesetJsonError)
  const mask = (levels: number): unknown => (levels === 0 ? { meta: { key: 'mark' } } : { '&': [mask(levels - 1), 1] })
  expect(() => bodyOf({ mangle: { key: { meta: { key: 'mark' } }, value: mask(100) } })).toThrow(/levels deep/)
  expect(() => parseJson(' '.repeat(2 ** 24 + 1))).toThrow(/more than/)
})

test('a table of its own', () => {
  expect(parseJson(JSON.stringify({ nftables: head })).tables.map(({ table }) => table)).toEqual([table('inet', 'fw')])
})
