import { EncodeError } from '@nfkit/netlink-codec'
import { nftFlags } from '@nfkit/netlink-codec/nftables'
import type { SetName, Subject } from '../conditions/match.ts'
import { type Selector, selectorOf } from '../conditions/selector.ts'
import { bytesOf, isHostNumber, isPrefix, type Kind, networkOf, ordered } from '../datatype/bytes.ts'
import type { DatatypeName } from '../datatype/datatype.ts'
import { isRange, type Member, partsOf } from '../datatype/value.ts'
import type { ObjectLookup } from '../statements/map/object.ts'
import type { ValueLookup } from '../statements/map/value.ts'
import type { VerdictLookup } from '../statements/map/verdict.ts'
import { alone, bitsOf, kept } from './bits.ts'
import { guard, load } from './load.ts'
import {
  type AnonymousSet,
  anonymous,
  anonymousMap,
  anonymousObjects,
  masked,
  register,
  type Steps,
  turned,
} from './steps.ts'

/** What is selected is in a set of the table, or in one of the rule's own; or is not. */
export function lookup(
  steps: Steps,
  about: Subject,
  right: SetName | { readonly list: readonly Member[] },
  isNegated: boolean,
): void {
  const flags = isNegated ? { flags: nftFlags.lookup.inv } : {}
  if ('set' in right) {
    loadKey(steps, about, right.interval === true)
    steps.push({ name: 'lookup', data: { set: right.set, sreg: register, ...flags } })
    return
  }
  const interval = right.list.some(isIntervalOf(about.left.map(selectorOf)))
  const setId = own(steps, about, { interval, members: right.list.map((member) => [member]) })
  steps.push({ name: 'lookup', data: { set: anonymous, sreg: register, setId, ...flags } })
}

/** What becomes of the packet, by a map of the table or one of the rule's own. */
export const verdictLookup = (steps: Steps, lookup: VerdictLookup): void => mapped(steps, lookup, 'verdict', 0)

/** What a map has for what is selected, into a register. */
export const valueLookup = (steps: Steps, lookup: ValueLookup, type: DatatypeName, into = register): void =>
  mapped(steps, lookup, type, into, into)

/** One of several objects, by a map of the rule's own. */
export function objectLookup(steps: Steps, { map, type, ...about }: ObjectLookup): void {
  if (!('entries' in map)) throw new EncodeError('map', 'a map of objects is part of the rule')
  const interval = map.entries.map(([member]) => member).some(isIntervalOf(about.left.map(selectorOf)))
  const setId = own(steps, about, { interval, object: type, members: map.entries })
  steps.push({ name: 'objref', data: { setSreg: register, setName: anonymousObjects, setId } })
}

function mapped(
  steps: Steps,
  { map, ...about }: VerdictLookup | ValueLookup,
  value: DatatypeName | 'verdict',
  dreg: number,
  sreg = register,
): void {
  if ('map' in map) {
    loadKey(steps, about, map.interval === true, sreg)
    steps.push({ name: 'lookup', data: { set: map.map, sreg, dreg } })
    return
  }
  const interval = map.entries.map(([member]) => member).some(isIntervalOf(about.left.map(selectorOf)))
  const setId = own(steps, about, { interval, value, members: map.entries }, sreg)
  steps.push({ name: 'lookup', data: { set: anonymousMap, sreg, dreg, setId } })
}

/** A set of the rule's own. Members of one field lie in it as the field does in its bytes. Returns its number in the transaction. */
function own(
  steps: Steps,
  about: Subject,
  set: Pick<AnonymousSet, 'interval' | 'value' | 'object' | 'members'>,
  into = register,
): number {
  const key = about.left.map(selectorOf)
  const [selector, ...others] = key as [Selector]
  const bits = others.length === 0 ? bitsOf(selector) : undefined
  if (bits === undefined) loadKey(steps, about, set.interval, into)
  else {
    load(steps, selector, into)
    steps.push(kept(selector, bits, into))
  }
  return steps.hold({ key, ...set, shift: bits?.shift })
}

/** What is selected, into registers: each part of several begins at a multiple of four bytes. Returns the first register. */
export function loadKey(steps: Steps, { left, mask }: Subject, interval: boolean, into = register): void {
  const selectors = left.map(selectorOf)
  // Guards use the first register: all of them come before anything is in it.
  for (const selector of selectors) guard(steps, selector)
  let at = left.length > 1 ? 4 + 4 * into : into
  for (const [i, selector] of selectors.entries()) {
    const name = left[i]!
    load(steps, selector, at)
    if (mask !== undefined) steps.push(masked(ordered(selector, bytesOf(selector, mask, name)), undefined, at))
    alone(steps, selector, at)
    if (interval && isHostNumber(selector)) steps.push(turned(selector.length, at))
    at += (selector.length + 3) >> 2
  }
}

/** Whether a member needs a set with intervals. */
export const isIntervalOf =
  (kinds: readonly Kind[]) =>
  (member: Member): boolean =>
    partsOf(member).some((part, i) => isRange(part) || isPrefix(part) || networkOf(kinds[i]!, part) !== undefined)
