import type { NftElement, NftElements } from '@nfkit/netlink-codec/nftables'
import type { Element } from '../values/element.ts'
import { elementAttrs } from './element.ts'

/** Bytes of elements that go into one message: an attribute holds 65,535, less its header. */
export const mostElements = 60_000

/** Elements of one message: how it has them, and for each entry of its list, which element it is of. */
export interface List {
  readonly attrs: NftElements
  readonly origins: readonly number[]
}

/** Elements of one set, as many as fit into a message at a time. */
export function* lists(all: readonly Element[]): Generator<List> {
  const entries = all.flatMap((element, index) => elementAttrs(element).map((attrs) => ({ attrs, index })))
  let at = 0
  for (const elements of chunks(entries.map(({ attrs }) => attrs))) {
    yield { attrs: { elements }, origins: entries.slice(at, at + elements.length).map(({ index }) => index) }
    at += elements.length
  }
}

/** Elements, as many as fit into a message at a time. */
export function* chunks(elements: readonly NftElement[]): Generator<readonly NftElement[]> {
  let [start, size] = [0, 0]
  for (const [i, element] of elements.entries()) {
    const bytes = sizeOf(element)
    if (size + bytes > mostElements) {
      yield elements.slice(start, i)
      start = i
      size = 0
    }
    size += bytes
  }
  if (start < elements.length) yield elements.slice(start)
}

/** Bytes of an element on the wire, or a few more. */
function sizeOf({ key, keyEnd, data, timeout, expiration, flags, userdata }: NftElement): number {
  const value = (nest: typeof key) => (nest === undefined ? 0 : 12 + (nest.value?.length ?? 280))
  return (
    4 +
    value(key) +
    value(keyEnd) +
    value(data) +
    (timeout === undefined ? 0 : 12) +
    (expiration === undefined ? 0 : 12) +
    (flags === undefined ? 0 : 8) +
    (userdata === undefined ? 0 : 8 + userdata.length)
  )
}
