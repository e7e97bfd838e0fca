import { conditions } from './conditions.mjs'
import { lookups, setsOf } from './sets.mjs'
import { ofOneVersion, statements, translations } from './statements.mjs'
import { about, append, cmp, create, expression, families, hex, hooks, load, verdict } from './values.mjs'

/** Ahead of the chains of iptables, between and behind them; some are equal. */
const priorities = [-250, -160, -10, 0, 0, 5, 60, 110, 200]

/** Queues of the test, through the target that every kernel has. */
const queued = (random) => {
  const number = random.pick(['0700', '0800', '0900'])
  return expression('target', {
    name: 'NFQUEUE',
    rev: 3,
    info: { hex: `${number}0100${random.pick(['0000', '0100'])}0000` },
  })
}

const rejections = [
  { type: 'tcpRst' },
  { type: 'icmpxUnreach', icmpCode: 1 },
  { type: 'icmpxUnreach', icmpCode: 3 },
  { type: 'icmpxUnreach', icmpCode: 0 },
]

/** The same tables where what lives for half a day lives for seconds; the tables themselves where nothing does. A slow machine gets as far. */
export function hasty(tables) {
  const text = JSON.stringify(tables)
  if (!text.includes(halfADay)) return tables
  return JSON.parse(text.replaceAll(halfADay, '"4000n"').replaceAll(/"gcInterval":\d+/g, '"gcInterval":1000'))
}

const halfADay = '"50000000n"'

/** Tables, as the messages that make them. */
export function tablesOf(random) {
  const { inet, ip, ip6 } = families
  return random
    .some([inet, inet, ip, ip6], random.between(1, 2))
    .flatMap((family, i) => tableOf(random, family, `t${i}`))
}

function tableOf(random, family, table) {
  const make = about(family, table)
  const regular = ['c', 'd'].slice(0, random.between(0, 2))
  const bases = Array.from({ length: random.between(1, 3) }, (_, i) => [`b${i}`, baseOf(random)])
  const sets = Object.entries(setsOf(random, regular))
  const rules = [
    ...bases.flatMap(([chain, base]) => rulesOf(random, chain, { family, base, regular })),
    ...regular.flatMap((chain) => rulesOf(random, chain, { family, regular: [] })),
  ]
  const used = (name) => JSON.stringify(rules).includes(`"${name}"`)
  return [
    { kind: 'newTable', family, flags: create, value: { name: table, flags: 2 } },
    make('newObject', { name: 'hits', type: 'counter', data: {} }),
    make('newObject', { name: 'volume', type: 'quota', data: { bytes: '200n', flags: 0 } }),
    ...regular.map((name) => make('newChain', { name })),
    ...bases.map(([name, base]) => make('newChain', { name, ...base })),
    ...sets.flatMap(([name, [set, elements]], id) =>
      used(name)
        ? [
            make('newSet', { name, id: id + 1, keyType: 0, ...set }),
            ...(elements.length > 0 ? [make('newElements', { set: name, elements })] : []),
          ]
        : [],
    ),
    ...rules.map(([chain, expressions]) => make('newRule', { chain, expressions }, create | append)),
  ]
}

function baseOf(random) {
  const isOfNat = random.chance(0.12)
  const name = isOfNat
    ? random.pick(['prerouting', 'output', 'postrouting', 'input'])
    : random.weighted({ output: 5, input: 4, prerouting: 3, forward: 3, postrouting: 3 })
  const isSource = name === 'postrouting' || name === 'input'
  return {
    hook: { hooknum: hooks[name], priority: isOfNat ? (isSource ? 100 : -100) : random.pick(priorities) },
    type: isOfNat ? 'nat' : name === 'output' && random.chance(0.15) ? 'route' : 'filter',
    ...(random.chance(0.15) && { policy: 'drop' }),
    ...(random.chance(0.3) && { counters: { packets: '0n', bytes: '0n' } }),
  }
}

const rulesOf = (random, chain, place) =>
  Array.from({ length: random.between(1, 4) }, () => [chain, ruleOf(random, place)])

/** The expressions of a rule, for its place: the family, the base chain if it is in one, and the chains it may go to. */
function ruleOf(random, place) {
  const parts = Array.from({ length: random.weighted({ 0: 1, 1: 4, 2: 2 }) }, () =>
    part(random, random.chance(0.3) ? lookups : conditions),
  )
  const known = place.family === families.inet && !random.chance(refused) ? ofAllFamilies : statements
  const acts = Array.from({ length: random.weighted({ 0: 1, 1: 3, 2: 2 }) }, () => part(random, known))
  return [...parts, ...acts].flat().concat(random.chance(0.5) ? endOf(random, place) : [])
}

/** How often a rule may be what its table cannot have, and with it the whole transaction. */
const refused = 0.01
const ofAllFamilies = Object.fromEntries(Object.entries(statements).filter(([name]) => !ofOneVersion.includes(name)))

const part = (random, of) => of[random.pick(Object.keys(of))](random)

/** A verdict, of those that may be where the rule is. */
function endOf(random, { family, base, regular }) {
  if (base?.type === 'nat') {
    const ways = translations[base.hook.hooknum]
    const version =
      family === families.inet || random.chance(refused) ? random.pick([4, 6]) : family === families.ip ? 4 : 6
    return ways[random.pick(Object.keys(ways))](random, version)
  }
  const ends = {
    plain: () => [verdict(random.pick(['accept', 'accept', 'drop', 'return', 'continue']))],
    queue: () => [queued(random)],
    ...(base &&
      base.hook.hooknum !== hooks.postrouting && {
        reject: () => [
          ...(random.chance(0.5) ? [load.meta('l4proto'), cmp('eq', hex('06'))] : []),
          expression('reject', random.pick(rejections)),
        ],
      }),
    ...(base && base.hook.priority < -200 && { notrack: () => [expression('notrack')] }),
    ...(regular.length > 0 && { jump: () => [verdict(random.pick(['jump', 'goto']), random.pick(regular))] }),
  }
  return ends[random.weighted(Object.fromEntries(Object.keys(ends).map((key) => [key, key === 'plain' ? 3 : 2])))]()
}

/** A change of what is there: of the first table. */
export function changeOf(random, [{ family }]) {
  const make = about(family, 't0')
  return random.pick([
    () => make('newElements', { set: 'hosts', elements: [{ key: hex('0a010001') }] }),
    () => make('deleteElements', { set: 'seen' }, 0),
    () => make('newChain', { name: 'b0', policy: random.pick(['drop', 'accept']) }),
    () =>
      make(
        'newRule',
        { chain: 'b0', expressions: ruleOf(random, { family, regular: [] }) },
        random.pick([create, create | append]),
      ),
    () => make('deleteRule', { chain: random.pick(['b0', 'b1', 'c']) }, 0),
    () =>
      make('newChain', {
        name: 'b9',
        hook: { hooknum: random.pick([1, 3]), priority: random.pick(priorities) },
        type: 'filter',
      }),
    () => make('deleteChain', { name: random.pick(['b0', 'b1', 'b9']) }, 0),
    () => ({ kind: 'newTable', family, flags: 0, value: { name: 't0', flags: random.pick([2, 3]) } }),
  ])()
}
