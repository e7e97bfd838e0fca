import { conditions } from './conditions.mjs'
import { lookups, setsOf } from './sets.mjs'
import { statements, translations } from './statements.mjs'
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

/** Tables, as the messages that make them. */
export function tablesOf(random) {
  const names = random.some(['inet', 'inet', 'ip', 'ip6'], random.between(1, 2)).map((family, i) => [family, `t${i}`])
  return names.flatMap(([family, name]) => tableOf(random, family, name))
}

function tableOf(random, family, table) {
  const make = about(family, table)
  const regular = ['c', 'd'].slice(0, random.between(0, 2))
  const bases = Array.from({ length: random.between(1, 3) }, (_, i) => [`b${i}`, baseOf(random)])
  const sets = Object.entries(setsOf(random, regular))
  const rules = [
    ...bases.flatMap(([chain, base]) => rulesOf(random, chain, base, regular)),
    ...regular.flatMap((chain) => rulesOf(random, chain, undefined, [])),
  ]
  const used = (name) => JSON.stringify(rules).includes(`"${name}"`)
  return [
    { kind: 'newTable', family: families[family], flags: create, value: { name: table, flags: 2 } },
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
    type: isOfNat ? 'nat' : 'filter',
    ...(random.chance(0.15) && { policy: 'drop' }),
    ...(random.chance(0.3) && { counters: { packets: '0n', bytes: '0n' } }),
  }
}

function rulesOf(random, chain, base, regular) {
  return Array.from({ length: random.between(1, 4) }, () => [chain, ruleOf(random, base, regular)])
}

function ruleOf(random, base, regular) {
  const parts = Array.from({ length: random.weighted({ 0: 1, 1: 4, 2: 2 }) }, () =>
    part(random, random.chance(0.3) ? lookups : conditions),
  )
  const acts = Array.from({ length: random.weighted({ 0: 1, 1: 3, 2: 2 }) }, () => part(random, statements))
  return [...parts, ...acts].flat().concat(random.chance(0.5) ? endOf(random, base, regular) : [])
}

const part = (random, of) => of[random.pick(Object.keys(of))](random)

/** A verdict, of those that may be where the rule is. */
function endOf(random, base, regular) {
  if (base?.type === 'nat') {
    const isSource = base.hook.hooknum === hooks.postrouting || base.hook.hooknum === hooks.input
    return translations[isSource ? 'source' : random.pick(['destination', 'port'])](random, random.chance(0.5) ? 4 : 6)
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

/** A change of what is there. */
export function changeOf(random) {
  const make = about('inet', 't0')
  return random.pick([
    () => make('newElements', { set: 'hosts', elements: [{ key: hex('0a010001') }] }),
    () => make('deleteElements', { set: 'seen' }, 0),
    () => make('newChain', { name: 'b0', policy: random.pick(['drop', 'accept']) }),
    () =>
      make(
        'newRule',
        { chain: 'b0', expressions: ruleOf(random, undefined, []) },
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
    () => ({ kind: 'newTable', family: 1, flags: 0, value: { name: 't0', flags: random.pick([2, 3]) } }),
  ])()
}
