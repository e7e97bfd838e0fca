import type { Expression, NftElement } from '@nfkit/netlink-codec/nftables'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anonymousElements } from '../src/encode/element.ts'
import { type Clause, parse, printClause, table } from '../src/index.ts'
import { lowerRule } from '../src/lower/rule.ts'
import type { AnonymousSet } from '../src/lower/steps.ts'
import type { KnownSet } from '../src/raising/members.ts'
import { raise } from '../src/raising/rule.ts'
import { arps, conditions, frames, lookups, namedSets, statements, tagged, translations } from './corpus.ts'

const fw = table('inet', 'fw')
const chain = fw.chain('rules')
const sets = namedSets(fw)
const lengths: { readonly [name: string]: number } = {
  ports: 2,
  nets: 4,
  marks: 4,
  pairs: 8,
  classes: 1,
  blocked: 4,
  metered: 4,
  verdicts: 4,
  levels: 2,
  places: 8,
  hosts: 2,
}

const bodyOf = (text: string): readonly Clause[] =>
  parse(text, { sets }).filter((one): one is Clause => one.kind !== 'comment')

/** A rule's bytecode as the kernel lists it: sets without a name have one. */
function lowered(
  body: readonly Clause[],
  of = chain,
): {
  expressions: readonly Expression[]
  known: (name: string) => KnownSet | undefined
} {
  let id = 0
  const { expressions, sets: own } = lowerRule(of.rule(...body), 'expression', () => ++id)
  const named = expressions.map((one): Expression => {
    if (one.name === 'objref' && one.data?.setId !== undefined)
      return { name: 'objref', data: { ...one.data, setName: `__set${one.data.setId}` } }
    if (one.name !== 'lookup' || one.data?.setId === undefined) return one
    return { name: 'lookup', data: { ...one.data, set: `__set${one.data.setId}` } }
  })
  const found = new Map<string, KnownSet>(own.map((set) => [`__set${set.id}`, anonymousOf(set)]))
  for (const { name, interval } of sets)
    found.set(name, { anonymous: false, interval, keyLength: lengths[name]!, elements: [] })
  return { expressions: named, known: (name) => found.get(name) }
}

function anonymousOf(set: AnonymousSet): KnownSet {
  const elements: readonly NftElement[] = anonymousElements(set)
  return {
    anonymous: true,
    interval: set.interval,
    ...(set.object === undefined ? {} : { objects: set.object }),
    keyLength: elements.find(({ key }) => key)!.key!.value!.length,
    elements,
  }
}

const raised = (body: readonly Clause[], of = chain): readonly Clause[] => {
  const { expressions, known } = lowered(body, of)
  return raise(expressions, of.family, known)
}

/** Lists are sets: their order is that of their keys. */
const sorted = (body: readonly Clause[]): unknown =>
  body.map((clause) => {
    if (clause.kind === 'match' && 'list' in clause.right)
      return { ...clause, right: { list: [...clause.right.list].map((one) => JSON.stringify(one)).sort() } }
    const map = clause.kind === 'vmap' || clause.kind === 'objects' ? clause.map : mapIn(clause)
    if (map && 'entries' in map) return { ...clause, map: map.entries.map((one) => JSON.stringify(one)).sort() }
    return clause
  })

function mapIn(clause: Clause) {
  if (clause.kind === 'assign') return 'lookup' in clause.value ? clause.value.lookup.map : undefined
  if (clause.kind !== 'dnat' && clause.kind !== 'snat') return undefined
  return typeof clause.address === 'object' && 'map' in clause.address ? clause.address.map : undefined
}

const corpus = [
  ...conditions,
  ...frames,
  ...tagged,
  ...lookups,
  ...statements,
  ...translations.prerouting,
  ...translations.postrouting,
]

/** Conditions that others behind them imply are left out, and what lies side by side is one: it means the same. */
const shorter: { readonly [text: string]: string } = {
  'meta l4proto tcp tcp dport 443': 'tcp dport 443',
  'meta nfproto ipv4 ip saddr 192.0.2.1': 'ip saddr 192.0.2.1',
  'ip saddr { 0.0.0.0/1, 128.0.0.0/1 }': 'ip saddr 0.0.0.0/0',
  'ether type 8021q vlan id 1': 'vlan id 1',
  'tcp dport { 1000-2000, 2001, 3000-65535 }': 'tcp dport { 1000-2001, 3000-65535 }',
}

describe('what is lowered is raised to the same', () => {
  test.each(corpus)('%s', (text) => {
    expect(sorted(raised(bodyOf(text)))).toEqual(sorted(bodyOf(shorter[text] ?? text)))
  })
})

test.each(arps)('%s, in a table of ARP', (text) => {
  const own = table('arp', 'fw').chain('rules')
  expect(sorted(raised(bodyOf(text), own))).toEqual(sorted(bodyOf(text)))
})

describe('what is printed is parsed to the same', () => {
  test.each([...corpus, ...arps])('%s', (text) => {
    const body = bodyOf(text)
    expect(bodyOf(body.map(printClause).join(' '))).toEqual(body)
  })
})

test('any rule of conditions and a statement comes back', () => {
  // A list that comes down to one network is no list any more, and what others imply is left out or comes at another place.
  const lasting = [...conditions, ...lookups.slice(0, 8)].filter(
    (text) => text !== 'ip saddr { 0.0.0.0/1, 128.0.0.0/1 }' && !/^meta (nfproto|l4proto)/.test(text),
  )
  const anyText = fc.tuple(
    fc.uniqueArray(fc.constantFrom(...lasting), { maxLength: 3 }),
    fc.constantFrom(...statements),
  )
  fc.assert(
    fc.property(anyText, ([some, last]) => {
      let body: readonly Clause[]
      try {
        body = bodyOf([...some, last].join(' '))
        lowered(body)
      } catch {
        // A rule about packets there are not.
        return
      }
      const again = raised(body)
      // What stands between may be said in fewer words, but never in other bytecode.
      expect(plain(lowered(again).expressions)).toEqual(plain(lowered(body).expressions))
      expect(bodyOf(again.map(printClause).join(' '))).toEqual(again)
    }),
    { numRuns: Number(process.env['RUNS'] ?? 500) },
  )
})

/** Without the numbers of sets, whose elements are compared by the corpus. */
const plain = (expressions: readonly Expression[]): unknown =>
  expressions.map((one) => (one.name === 'lookup' ? { ...one, data: { ...one.data, setId: undefined } } : one))

describe('what has no words', () => {
  const known = () => undefined
  const load: Expression = { name: 'payload', data: { dreg: 1, base: 'transportHeader', offset: 6, len: 3 } }
  const cmp: Expression = { name: 'cmp', data: { sreg: 1, op: 'eq', data: { value: new Uint8Array(3) } } }
  const other: Expression = { name: 'later', unknown: [{ id: 2, bytes: new Uint8Array(4) }] }
  const verbatim = (...expressions: readonly Expression[]) =>
    expressions.map((expression) => ({ kind: 'expression', expression }))

  test('stays as it is, with what loads its registers; the rest has words', () => {
    const rule = [
      ...lowered(bodyOf('tcp dport 22')).expressions,
      load,
      cmp,
      other,
      ...lowered(bodyOf('counter accept')).expressions,
    ]
    expect(raise(rule, 'inet', known)).toEqual([
      ...bodyOf('tcp dport 22'),
      ...verbatim(load, cmp, other),
      ...bodyOf('counter accept'),
    ])
  })

  test('a register that was loaded before something was written keeps the rule as it is', () => {
    const rule: Expression[] = [
      { name: 'meta', data: { dreg: 2, key: 'mark' } },
      ...lowered(bodyOf('meta mark set 1')).expressions,
      { name: 'cmp', data: { sreg: 2, op: 'eq', data: { value: Uint8Array.of(1, 0, 0, 0) } } },
    ]
    expect(raise(rule, 'inet', known)).toEqual(verbatim(...rule))
  })

  test('a register that nothing looks at, and one that nothing loaded, too', () => {
    expect(raise([load], 'inet', known)).toEqual(verbatim(load))
    expect(raise([cmp], 'inet', known)).toEqual(verbatim(cmp))
  })

  test('a mask that no word has, an order of bytes that numbers do not have', () => {
    const meta: Expression = { name: 'meta', data: { dreg: 1, key: 'mark' } }
    const below: Expression = { name: 'cmp', data: { sreg: 1, op: 'lt', data: { value: new Uint8Array(4) } } }
    expect(raise([meta, below], 'inet', known)).toEqual(verbatim(meta, below))
  })

  test('is printed so that nft refuses it', () => {
    const target: Clause = { kind: 'expression', expression: { name: 'target', data: { name: 'LOG' } } }
    expect([target, { kind: 'expression', expression: other } as Clause].map(printClause)).toEqual([
      'xt target "LOG"',
      'expression later',
    ])
  })
})

test('the target NFQUEUE is the statement queue', () => {
  const { expressions } = lowerRule(chain.rule(...bodyOf('queue flags bypass,fanout to 10-13')), 'target', () => 1)
  expect(expressions[0]?.name).toBe('target')
  expect(raise(expressions, 'inet', () => undefined)).toEqual(bodyOf('queue flags bypass,fanout to 10-13'))
})

test('no bytecode makes it throw', () => {
  const anyExpression = fc.record({
    name: fc.constantFrom(
      'cmp',
      'payload',
      'meta',
      'ct',
      'lookup',
      'immediate',
      'bitwise',
      'byteorder',
      'nat',
      'dynset',
      'limit',
      'queue',
      'reject',
      'log',
      'target',
    ),
    data: fc.record(
      {
        sreg: fc.nat(24),
        dreg: fc.nat(24),
        sregKey: fc.nat(24),
        key: fc.constantFrom('mark', 'state', 'iifname', 'l4proto', 'nfproto', 7),
        op: fc.constantFrom('eq', 'lt', 'gte', 'lte', 'hton', 'maskXor', 'add', 3),
        base: fc.constantFrom('networkHeader', 'transportHeader'),
        offset: fc.nat(20),
        len: fc.nat(17),
        size: fc.nat(8),
        set: fc.constantFrom('ports', 'nets', 'none'),
        setName: fc.constantFrom('blocked', 'none'),
        data: fc.record(
          {
            value: fc.uint8Array({ maxLength: 17 }),
            verdict: fc.record({ code: fc.constantFrom('accept', 'jump', 9) }),
          },
          { requiredKeys: [] },
        ),
        mask: fc.record({ value: fc.uint8Array({ maxLength: 5 }) }),
        xor: fc.record({ value: fc.uint8Array({ maxLength: 5 }) }),
        num: fc.nat(0xffff),
        total: fc.nat(0xffff),
        type: fc.constantFrom('snat', 'tcpRst', 'icmpxUnreach', 'pkts', 2),
        icmpCode: fc.nat(20),
        rate: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        unit: fc.constantFrom(0n, 1n, 60n),
        prefix: fc.string(),
        level: fc.constantFrom('info', 'warning', 9),
        name: fc.constantFrom('NFQUEUE', 'LOG'),
        rev: fc.nat(4),
        info: fc.uint8Array({ maxLength: 9 }),
      },
      { requiredKeys: [] },
    ),
  }) as unknown as fc.Arbitrary<Expression>
  const { known } = lowered([])
  fc.assert(
    fc.property(
      fc.array(anyExpression, { maxLength: 8 }),
      fc.constantFrom('inet', 'ip', 'ip6', 'bridge'),
      (expressions, family) => {
        const clauses = raise(expressions, family as 'inet', known)
        for (const clause of clauses) expect(typeof printClause(clause)).toBe('string')
      },
    ),
    { numRuns: 2000 },
  )
})
