import { errno, messageFlags, type Table } from '@nfkit/netlink-codec'
import {
  nftChain,
  nftElements,
  nftFlowtable,
  nftObject,
  nftRule,
  nftSet,
  nftTable,
  objectType,
} from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import type { NftRequest } from '../request.ts'
import type { NftChainState, NftRuleState } from '../state/chain.ts'
import { intervalOf } from '../state/interval.ts'
import type { NftRuleset } from '../state/ruleset.ts'
import type { NftElementState, NftSetState } from '../state/set.ts'
import { type NftObjectState, type NftTableState, objectKey } from '../state/table.ts'
import { resetElement, resetObject, resetRule } from './counts.ts'
import type { Messages } from './telling.ts'

const { multi, append } = messageFlags

/** One message of an answer. */
export interface Answer {
  /** Made when it is due. */
  tell(messages: Messages): Uint8Array
  /** What it told of counts anew. */
  reset?(): void
}

/** How one kind of thing is read. */
export interface Reading<T extends Table = Table> {
  readonly table: T
  /** Whether a dump says that the ruleset changed meanwhile. */
  readonly tellsChanges: boolean
  /** Flags of its messages in dumps. */
  readonly dumpFlags: number
  /** What is asked for by its name. Throws `Refusal` where it is not there. */
  one(ruleset: NftRuleset, request: NftRequest<T>, now: number): readonly Answer[]
  /** All that a request is about. Throws `Refusal`. */
  all(ruleset: NftRuleset, request: NftRequest<T>, now: number): Iterable<Answer>
}

/** Elements in one message of a dump. */
const elementsOfMessage = 32

export const tables: Reading<typeof nftTable> = {
  table: nftTable,
  tellsChanges: true,
  dumpFlags: multi,
  one(ruleset, request) {
    const table = ruleset.at(request.family, request.name('name')) ?? request.refuse('ENOENT', 'name')
    return [{ tell: (messages) => messages.table(table, 'new') }]
  },
  *all(ruleset, { family }) {
    for (const table of ruleset.of(family)) yield { tell: (messages) => messages.table(table, 'new') }
  },
}

export const chains: Reading<typeof nftChain> = {
  table: nftChain,
  tellsChanges: true,
  dumpFlags: multi,
  one(ruleset, request) {
    const chain = tableOf(ruleset, request).chains.get(request.name('name')) ?? request.refuse('ENOENT', 'name')
    return [{ tell: (messages) => messages.chain(chain, 'new') }]
  },
  *all(ruleset, { family, value }) {
    for (const { chains } of named(ruleset, family, value.table))
      for (const chain of chains.values()) yield { tell: (messages) => messages.chain(chain, 'new') }
  },
}

export const rules: Reading<typeof nftRule> = {
  table: nftRule,
  tellsChanges: true,
  dumpFlags: multi | append,
  one(ruleset, request) {
    const chain = tableOf(ruleset, request).chains.get(request.name('chain')) ?? request.refuse('ENOENT', 'chain')
    const { handle } = request.value
    if (handle === undefined) throw new Refusal(errno.EINVAL)
    const rule = chain.rule(handle) ?? request.refuse('ENOENT', 'handle')
    return [ofRule(chain, rule)]
  },
  *all(ruleset, { family, value }) {
    for (const { chains } of named(ruleset, family, value.table))
      for (const chain of chains.values()) {
        if (value.chain !== undefined && value.chain !== chain.name) continue
        for (const [i, rule] of chain.rules.entries()) yield ofRule(chain, rule, chain.rules[i - 1]?.handle)
      }
  },
}

export const sets: Reading<typeof nftSet> = {
  table: nftSet,
  tellsChanges: true,
  dumpFlags: multi,
  one(ruleset, request) {
    const set = tableOf(ruleset, request).sets.get(request.name('name')) ?? request.refuse('ENOENT', 'name')
    return [{ tell: (messages) => messages.set(set, 'new') }]
  },
  all(ruleset, request) {
    const { family, value } = request
    const of = value.table === undefined ? ruleset.of(family) : [tableOf(ruleset, request)]
    return of.flatMap(({ sets }) => [...sets.values()].map((set) => ({ tell: (messages) => messages.set(set, 'new') })))
  },
}

export const objects: Reading<typeof nftObject> = {
  table: nftObject,
  tellsChanges: true,
  dumpFlags: multi | append,
  one(ruleset, request) {
    const table = tableOf(ruleset, request)
    const object =
      table.objects.get(objectKey(typeOf(request), request.name('name'))) ?? request.refuse('ENOENT', 'name')
    return [ofObject(table, object)]
  },
  *all(ruleset, request) {
    for (const table of named(ruleset, request.family, request.value.table))
      for (const object of table.objects.values())
        if (request.value.type === undefined || typeOf(request) === object.type) yield ofObject(table, object)
  },
}

export const elements: Reading<typeof nftElements> = {
  table: nftElements,
  tellsChanges: false,
  dumpFlags: multi,
  one(ruleset, request, now) {
    const set = setOf(ruleset, request)
    const { elements } = request.value
    if (elements === undefined) throw new Refusal(errno.EINVAL)
    const places = request.placesOf('elements')
    return elements.map((value, index) => {
      const { key, isCatchall } = intervalOf(value)
      if (!isCatchall && key.length !== set.keyLength) throw new Refusal(errno.EINVAL, places[index])
      const found = set.find(key, now)
      if (!found) throw new Refusal(errno.ENOENT, places[index])
      return ofElements(set, [found])
    })
  },
  all(ruleset, request, now) {
    return inParts(setOf(ruleset, request), now)
  },
}

/** There is none: see `newFlowtable`. */
export const flowtables: Reading<typeof nftFlowtable> = {
  table: nftFlowtable,
  tellsChanges: true,
  dumpFlags: multi,
  one(ruleset, request) {
    tableOf(ruleset, request)
    return request.refuse('ENOENT', 'name')
  },
  all: () => [],
}

const ofRule = (chain: NftChainState, rule: NftRuleState, position?: bigint): Answer => ({
  tell: (messages) => messages.rule(chain, rule, 'new', position),
  reset: () => resetRule(rule),
})

const ofObject = (table: NftTableState, object: NftObjectState): Answer => ({
  tell: (messages) => messages.object(table, object, 'new'),
  reset: () => resetObject(object),
})

const ofElements = (set: NftSetState, elements: readonly NftElementState[]): Answer => ({
  tell: (messages) => messages.elements(set, elements, 'new'),
  reset: () => elements.forEach(resetElement),
})

/** A message without elements is the last (nf_tables_dump_set). */
function* inParts(set: NftSetState, now: number): Iterable<Answer> {
  let part: NftElementState[] = []
  for (const element of set.living(now)) {
    part.push(element)
    if (part.length < elementsOfMessage) continue
    const full = part
    yield ofElements(set, full)
    part = []
  }
  if (part.length > 0) yield ofElements(set, part)
  yield ofElements(set, [])
}

function setOf(ruleset: NftRuleset, request: NftRequest<typeof nftElements>): NftSetState {
  return tableOf(ruleset, request).sets.get(request.name('set')) ?? request.refuse('ENOENT', 'set')
}

/** Throws `Refusal`. */
function tableOf(
  ruleset: NftRuleset,
  request: NftRequest<
    typeof nftChain | typeof nftRule | typeof nftSet | typeof nftObject | typeof nftElements | typeof nftFlowtable
  >,
): NftTableState {
  return ruleset.at(request.family, request.name('table')) ?? request.refuse('ENOENT', 'table')
}

/** Tables of a family; those of a name, if it is given. */
const named = (ruleset: NftRuleset, family: number, name: string | undefined): readonly NftTableState[] =>
  ruleset.of(family).filter((table) => name === undefined || table.name === name)

function typeOf({ value: { type } }: NftRequest<typeof nftObject>): number {
  if (type === undefined) throw new Refusal(errno.EINVAL)
  return typeof type === 'number' ? type : objectType[type]
}
