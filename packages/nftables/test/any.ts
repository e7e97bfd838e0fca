import { formatAddress, formatHardwareAddress } from '@nfkit/inet'
import * as fc from 'fast-check'
import { match, subject } from '../src/conditions/match.ts'
import { type Selector, selectors } from '../src/conditions/selector.ts'
import { type Kind, kindOf } from '../src/datatype/bytes.ts'
import { type Datatype, type DatatypeName, datatypes } from '../src/datatype/datatype.ts'
import type { Interval, Member, Value } from '../src/datatype/value.ts'
import {
  accept,
  drop,
  type Element,
  goto,
  type ListedSet,
  type Match,
  type RuleTable,
  type RuleVerdict,
} from '../src/index.ts'

/** Conditions, sets and elements made of everything there is. */

/** Any value of what a selector selects. */
export function anyValue({ type, length, load }: Kind & Partial<Pick<Selector, 'load'>>): fc.Arbitrary<Value> {
  const { shape, symbols }: Datatype = datatypes[type]
  const words = Object.keys(symbols)
  const most = load?.from === 'payload' && load.bits ? 2n ** BigInt(load.bits.count) - 1n : 256n ** BigInt(length) - 1n
  switch (shape) {
    case 'address':
      return fc.uint8Array({ minLength: length, maxLength: length }).map(formatAddress)
    case 'hardware address':
      return fc.uint8Array({ minLength: 6, maxLength: 6 }).map(formatHardwareAddress)
    case 'interface':
      return fc.stringMatching(/^[a-z][a-z0-9]{0,8}\*?$/)
    case 'text':
      return fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
    case 'bits':
      return fc.uniqueArray(fc.constantFrom(...words), { minLength: 1 }).map((list) => list.join(','))
    case 'number': {
      const number = fc.bigInt({ min: 0n, max: most }).map((one) => (one <= 2n ** 53n ? Number(one) : one))
      return words.length === 0 ? number : fc.oneof(fc.constantFrom(...words), number)
    }
    default:
      return shape satisfies never
  }
}

/** Whatever can be made of a selector: what cannot be is left out. */
export const anyMatch: fc.Arbitrary<Match> = fc
  .constantFrom(...selectors)
  .chain(([name, selector]) => {
    const one = anyValue(selector)
    const interval: fc.Arbitrary<Interval> = fc.oneof(one, fc.record({ from: one, to: one }))
    const right = fc.oneof(
      interval.map((value) => ({ value })),
      fc.array(interval, { minLength: 1, maxLength: 4 }).map((list) => ({ list })),
      fc.constant({ set: 'some' }),
    )
    const op = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'any', 'none' as const)
    return fc.tuple(fc.constant(name), fc.option(one, { nil: undefined, freq: 8 }), op, right)
  })
  .map(([name, mask, op, right]) => {
    try {
      return match(subject([name], mask), op as Match['op'], right)
    } catch {
      return undefined
    }
  })
  .filter((made) => made !== undefined)

/** Any network, range or value that a set with intervals has. */
function anyInterval(kind: Kind): fc.Arbitrary<Interval> {
  const one = anyValue(kind)
  const { shape } = datatypes[kind.type]
  if (shape === 'address')
    return fc.oneof(
      one,
      fc.tuple(one, fc.integer({ min: 0, max: 8 * kind.length })).map(([address, prefix]) => `${address}/${prefix}`),
      fc.record({ from: one, to: one }),
    )
  return shape === 'number' || shape === 'hardware address' ? fc.oneof(one, fc.record({ from: one, to: one })) : one
}

/** Types whose values nft tells by their names in sets. */
const keyTypes = (Object.keys(datatypes) as DatatypeName[]).filter(
  (type) => !['integer', 'string', 'iface_index', 'boolean'].includes(type),
)

/** Any set or map of a table, with elements it can have. Its times are whole seconds, which is what nft tells. */
export const anySet = (fw: RuleTable, name: string): fc.Arbitrary<ListedSet | undefined> =>
  fc
    .record({
      key: fc.oneof(
        fc.constantFrom(...keyTypes).map((type) => [type] as const),
        fc.tuple(fc.constantFrom(...keyTypes), fc.constantFrom(...keyTypes)),
      ),
      interval: fc.boolean(),
      timeouts: fc.boolean(),
      timeoutSeconds: fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: undefined, freq: 3 }),
      size: fc.option(fc.integer({ min: 20, max: 70_000 }), { nil: undefined, freq: 3 }),
      comment: fc.option(fc.stringMatching(/^[a-z ]{1,20}$/), { nil: undefined, freq: 3 }),
      value: fc.option(fc.constantFrom(...keyTypes, 'verdict' as const), { nil: undefined }),
    })
    .chain(({ key, value, timeouts, timeoutSeconds, ...more }) => {
      const options = { key, timeouts: timeouts || timeoutSeconds !== undefined, timeoutSeconds, ...more }
      try {
        const set = value === undefined ? fw.set(name, options) : fw.map(name, { ...options, value })
        return anyElements(set as never, options.timeouts, value).map(
          (elements) => ({ set, handle: 0n, elements }) as ListedSet,
        )
      } catch {
        return fc.constant(undefined)
      }
    })

function anyElements(
  set: { key: readonly DatatypeName[]; interval: boolean; element: (...args: unknown[]) => Element },
  timeouts: boolean,
  value: DatatypeName | 'verdict' | undefined,
): fc.Arbitrary<readonly Element[]> {
  const part = (type: DatatypeName) => (set.interval ? anyInterval(kindOf(type)) : anyValue(kindOf(type)))
  const key: fc.Arbitrary<Member> =
    set.key.length === 1 ? part(set.key[0]!) : (fc.tuple(...set.key.map(part)) as fc.Arbitrary<Interval[]>)
  const verdict: fc.Arbitrary<RuleVerdict> = fc.constantFrom(accept(), drop(), goto('other'))
  const data = value === undefined ? fc.constant(undefined) : value === 'verdict' ? verdict : anyValue(kindOf(value))
  const options = fc.record({
    comment: fc.option(fc.stringMatching(/^[a-z]{1,20}$/), { nil: undefined, freq: 3 }),
    timeoutSeconds: timeouts
      ? fc.option(fc.integer({ min: 60, max: 1_000_000 }), { nil: undefined })
      : fc.constant(undefined),
  })
  return fc.array(fc.tuple(key, data, options), { maxLength: 6 }).map((list) =>
    list.flatMap(([key, data, options]) => {
      try {
        return [data === undefined ? set.element(key, options) : set.element(key, data, options)]
      } catch {
        return []
      }
    }),
  )
}
