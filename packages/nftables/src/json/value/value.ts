import type { Kind } from '../../datatype/bytes.ts'
import { type Datatype, type DatatypeName, datatypes } from '../../datatype/datatype.ts'
import type { Interval, Member, Value } from '../../datatype/value.ts'
import type { Item } from '../reader/item.ts'
import { ianaProtocols } from './iana.ts'

/** What the JSON does not say and the values need. */
export interface Known {
  /** The numbers of interfaces by their names: nft prints names where the kernel has numbers. */
  readonly interfaces: { readonly [name: string]: number }
}

/** Words of nft that are those of files of the system, and the numbers these have there. */
const systemWords: { readonly [T in DatatypeName]?: { readonly [word: string]: number } } = {
  inet_proto: ianaProtocols,
  devgroup: { default: 0 },
  realm: { cosmos: 0 },
}

/** A member of a set of such fields: `{ "concat": … }` where there are several. */
export function member(item: Item, kinds: readonly Kind[], known: Known): Member {
  if (kinds.length === 1) return interval(item, kinds[0]!, known)
  const [field, parts] = item.only()
  if (field !== 'concat') return item.fail('parts of several fields are needed, as { "concat": [ … ] }')
  const list = parts.list()
  if (list.length !== kinds.length) return parts.fail(`it has ${list.length} parts, and ${kinds.length} are needed`)
  return list.map((part, i) => interval(part, kinds[i]!, known))
}

/** A value, `{ "prefix": { "addr": …, "len": … } }`, or `{ "range": [ …, … ] }`. */
export function interval(item: Item, kind: Kind, known: Known): Interval {
  if (item.is('prefix')) {
    const { addr, len } = item.only()[1].fields(['addr', 'len'])
    return `${addr.text()}/${len.number()}`
  }
  if (item.is('range')) {
    const [from, to] = item.only()[1].pair()
    return { from: value(from, kind, known), to: value(to, kind, known) }
  }
  return value(item, kind, known)
}

/** One value. Words of bits are a list, or the two sides of `{ "|": [ …, … ] }`. */
export function value(item: Item, kind: Kind, known: Known): Value {
  const { shape }: Datatype = datatypes[kind.type]
  if (shape === 'bits' && (item.isList || item.is('|')))
    return (item.isList ? item.list() : item.only()[1].pair()).map((word) => value(word, kind, known)).join(',')
  if (typeof item.value === 'boolean') return item.value ? 'exists' : 'missing'
  if (shape !== 'number' && shape !== 'bits') return item.text()
  return item.isText ? named(item, kind, known) : narrowed(item, kind)
}

/** A number of as many bytes as the type has. */
function narrowed(item: Item, { length }: Kind): Value {
  const number = item.large()
  const isSigned = typeof item.value === 'number' && item.value < 0
  const unsigned = isSigned ? BigInt.asUintN(8 * length, number) : number
  return unsigned <= Number.MAX_SAFE_INTEGER ? Number(unsigned) : unsigned
}

function named(item: Item, kind: Kind, { interfaces }: Known): Value {
  const text = item.text()
  const words = systemWords[kind.type] ?? {}
  if (Object.hasOwn(words, text)) return words[text]!
  // What nft 1.0.6 makes of a number whose type it does not find.
  const digits = /^(0x[0-9a-f]+|\d+)(?: \[invalid type\])?$/.exec(text)?.[1]
  if (digits !== undefined) return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits)
  if (/^-\d+$/.test(text)) return narrowed(item, kind)
  if (kind.type === 'classid') return classOf(item, text)
  if (kind.type !== 'iface_index') return text
  if (Object.hasOwn(interfaces, text)) return interfaces[text]!
  return item.fail(
    `the kernel has the number of an interface here, and nft tells its name: say the number with interfaces: { ${JSON.stringify(text)}: … }, or write iifname or oifname in the rule`,
  )
}

/** A class of traffic control: two numbers of four hexadecimal digits. */
function classOf(item: Item, text: string): number {
  if (text === 'none') return 0
  if (text === 'root') return 0xffff_ffff
  const [, major, minor] = /^([0-9a-f]{0,4}):([0-9a-f]{0,4})$/.exec(text) ?? []
  if (major === undefined) return item.fail(`"${text}" is no class of traffic control, as 1:10`)
  return Number(`0x${major || 0}`) * 0x1_0000 + Number(`0x${minor || 0}`)
}
