import { prefixMask } from '@nfkit/inet'
import { type NftElement, nftFlags } from '@nfkit/netlink-codec/nftables'
import type { Subject } from '../conditions/match.ts'
import { compare, type Kind, ordered } from '../datatype/bytes.ts'
import { valueFrom } from '../datatype/canonical.ts'
import { datatypes } from '../datatype/datatype.ts'
import type { Interval, Member } from '../datatype/value.ts'
import type { ObjectType } from '../statements/meter.ts'

/** What a rule needs to know of a set it looks up in. */
export interface KnownSet {
  /** Whether the set belongs to one rule: its elements are then part of the rule. */
  readonly anonymous: boolean
  readonly interval: boolean
  /** Of a map of objects, what these are. */
  readonly objects?: ObjectType
  /** Bytes of a key. */
  readonly keyLength: number
  /** The elements, of an anonymous set. */
  readonly elements: readonly NftElement[]
}

/** The sets of a table by name; `undefined` for one that is not there. */
export type KnownSets = (name: string) => KnownSet | undefined

/** An element of a set as the kernel has it, and its key in nft's words. */
export interface Keyed {
  readonly key: Member
  readonly element: NftElement
}

/** What is looked up, and where: in a set or map of the table, or in the elements of one of the rule's own. */
export interface Looked {
  readonly about: Subject
  readonly among: { readonly set: string; readonly interval?: true } | { readonly keyed: readonly Keyed[] }
}

const { intervalEnd, catchall } = nftFlags.element
const has = ({ flags = 0 }: NftElement, flag: number): boolean => (flags & flag) !== 0

/**
 * The keys of elements, in order. `undefined` when one has no words: what stands for everything else (`*`), or a key of another length.
 */
export function members(
  kinds: readonly Kind[],
  elements: readonly NftElement[],
  interval: boolean,
): Keyed[] | undefined {
  if (elements.some((element) => has(element, catchall))) return undefined
  const length = kinds.reduce((sum, kind) => sum + padded(kind, kinds), 0)
  if (elements.some(({ key }) => key?.value?.length !== length)) return undefined
  const [kind, ...others] = kinds as [Kind]
  const keyed =
    interval && others.length === 0
      ? intervals(kind, elements)
      : sorted(elements).map((element) => ({ element, key: memberOf(kinds, element, interval) }))
  return keyed.every((one): one is Keyed => one.key !== undefined) ? keyed : undefined
}

/** Of a concatenation each part is padded to four bytes. */
const padded = ({ length }: Kind, { length: parts }: readonly Kind[]): number =>
  parts > 1 ? (length + 3) & ~3 : length

/** In the order of their keys; of two alike the end of an interval first. */
function sorted(elements: readonly NftElement[]): NftElement[] {
  const isShort = elements.length < mostNumbered && (elements[0]?.key?.value?.length ?? 0) <= 4
  if (isShort) return sortedNumbers(elements)
  return elements.toSorted(
    (a, b) => compare(a.key!.value!, b.key!.value!) || Number(has(b, intervalEnd)) - Number(has(a, intervalEnd)),
  )
}

/** Elements whose places fit behind 33 bits into a number without a fraction. */
const mostNumbered = 2 ** 20

/** Keys of four bytes at most are sorted as numbers, each with its place behind: in a large set that is most of the work. */
function sortedNumbers(elements: readonly NftElement[]): NftElement[] {
  const numbers = Float64Array.from(elements, (element, place) => {
    const key = element.key!.value!.reduce((number, byte) => 256 * number + byte, 0)
    return (2 * key + (has(element, intervalEnd) ? 0 : 1)) * mostNumbered + place
  })
  return Array.from(numbers.sort(), (number) => elements[number % mostNumbered]!)
}

function memberOf(kinds: readonly Kind[], { key, keyEnd }: NftElement, interval: boolean): Member | undefined {
  let at = 0
  const parts = kinds.map((kind) => {
    const place = at
    at += padded(kind, kinds)
    const part = (bytes: Uint8Array) => {
      const own = bytes.subarray(place, place + kind.length)
      return interval ? own : ordered(kind, own)
    }
    return intervalOf(kind, part(key!.value!), part(keyEnd?.value ?? key!.value!))
  })
  if (parts.some((part) => part === undefined)) return undefined
  return parts.length === 1 ? parts[0] : Object.freeze(parts as Interval[])
}

/** Of a set of intervals an element is the start of one, or what comes behind its end (nft_rbtree). */
function intervals(kind: Kind, elements: readonly NftElement[]): { key: Interval | undefined; element: NftElement }[] {
  const found: { key: Interval | undefined; element: NftElement }[] = []
  let open: NftElement | undefined
  const close = (end: Uint8Array) => {
    if (open) found.push({ element: open, key: intervalOf(kind, open.key!.value!, end) })
    open = undefined
  }
  for (const element of sorted(elements)) {
    close(before(element.key!.value!))
    if (!has(element, intervalEnd)) open = element
  }
  close(new Uint8Array(kind.length).fill(0xff))
  return found
}

/** The number before, most significant byte first. */
function before(bytes: Uint8Array): Uint8Array {
  const less = bytes.slice()
  for (let i = less.length - 1; i >= 0; i--) if (less[i]!-- !== 0) break
  return less
}

/** An interval in its shortest form: one value, a network, the start of names, or a range. */
export function intervalOf(kind: Kind, from: Uint8Array, to: Uint8Array): Interval | undefined {
  if (compare(from, to) === 0) return valueFrom(kind, from)
  const { shape } = datatypes[kind.type]
  if (shape === 'address') {
    const prefix = prefixOf(from, to)
    if (prefix !== undefined) return `${valueFrom(kind, from)}/${prefix}`
  }
  if (shape === 'interface') {
    const end = from.indexOf(0)
    const isStart =
      end > 0 && from.subarray(end).every((byte) => byte === 0) && to.subarray(end).every((byte) => byte === 0xff)
    return isStart && compare(from.subarray(0, end), to.subarray(0, end)) === 0
      ? valueFrom(kind, from.subarray(0, end))
      : undefined
  }
  return Object.freeze({ from: valueFrom(kind, from), to: valueFrom(kind, to) })
}

/** The prefix of the network two addresses are the ends of. */
function prefixOf(from: Uint8Array, to: Uint8Array): number | undefined {
  const differ = from.map((byte, i) => byte ^ to[i]!)
  const at = differ.findIndex((byte) => byte !== 0)
  const prefix = 8 * at + Math.clz32(differ[at]!) - 24
  const mask = prefixMask(from.length as 4 | 16, prefix)
  return from.every((byte, i) => (byte & ~mask[i]! & 0xff) === 0 && (to[i]! | mask[i]!) === 0xff) ? prefix : undefined
}
