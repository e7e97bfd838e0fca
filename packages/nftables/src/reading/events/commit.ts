import type { Message } from '@nfkit/netlink-codec'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import {
  nftChain,
  nftElements,
  nftFlowtable,
  nftGeneration,
  nftMessage,
  nftObject,
  nftRule,
  nftSet,
  nftTable,
} from '@nfkit/netlink-codec/nftables'
import type { Chain } from '../../values/chain.ts'
import type { Element } from '../../values/element.ts'
import { familyName } from '../../values/hook.ts'
import type { NamedMap } from '../../values/map.ts'
import type { NamedObject } from '../../values/object.ts'
import type { Rule } from '../../values/rule.ts'
import type { NamedSet } from '../../values/set.ts'
import type { Table } from '../../values/table.ts'
import { chainOf, objectOf, ruleOf, tableOf } from '../list.ts'
import type { Other } from '../listing.ts'
import type { Raw } from '../raw.ts'
import { elementsOf, setOf } from '../set.ts'
import { attributesOf } from '../snapshot.ts'
import type { SetIndex } from './set-index.ts'

/** What one transaction changed, whose ever it was. */
export interface Commit {
  /** A transaction was committed. */
  readonly kind: 'commit'
  /** The generation it made. */
  readonly generation: number
  /** The process that committed it. */
  readonly processId: number | undefined
  /** Name of that process, at most 15 bytes. */
  readonly processName: string | undefined
  /** Port id of its socket. */
  readonly portId: number
  /** In their order. */
  readonly changes: readonly Change[]
}

/** One thing that was added, changed, or deleted. Of what was deleted the kernel may tell no more than the name. */
export interface Change {
  /** Added or changed, or deleted. */
  readonly action: 'add' | 'delete'
  /** What it is now, or was. */
  readonly what: Table | Chain | Rule | NamedSet | NamedMap | NamedObject | Element | Other
}

/** What the messages of a transaction tell, the last of which is about the generation. Throws `DecodeError`. */
export function commitOf(all: readonly Message[], sets: SetIndex): Commit {
  const last = all.at(-1)!
  const { id = 0, procPid, procName } = attributesOf(last, nftGeneration)
  // Each says which generation it is of: where events were lost, some may be of the one before.
  const messages = all.filter((message) => netfilterOf(message).resourceId === (id & 0xffff))
  // A rule comes behind the sets that are parts of it, but for their elements.
  for (const message of messages) sets.learn(message)
  const changes = messages.flatMap((message) => changesOf(message, sets))
  for (const message of messages) sets.forget(message)
  return { kind: 'commit', generation: id, processId: procPid, processName: procName, portId: last.portId, changes }
}

/** The generation a transaction made. Throws `DecodeError`. */
export const generationOf = (messages: readonly Message[]): number =>
  attributesOf(messages.at(-1)!, nftGeneration).id ?? 0

type What = Change['what'] | undefined

/** What a message tells of, by its type without the verb. */
const readers: {
  readonly [type: number]: (message: Message, family: Raw<unknown>['family'], sets: SetIndex) => readonly What[]
} = {
  [nftMessage.newTable.type]: (message, family) => [tableOf({ family, attributes: attributesOf(message, nftTable) })],
  [nftMessage.newChain.type]: (message, family) => {
    const attributes = attributesOf(message, nftChain)
    return [chainOf({ family, attributes }) ?? { kind: 'chain', attributes, rules: [] }]
  },
  [nftMessage.newRule.type]: (message, family, sets) => {
    const attributes = attributesOf(message, nftRule)
    return [ruleOf({ family, attributes }, sets.of(family, attributes.table))]
  },
  [nftMessage.newSet.type]: (message, family, sets) => {
    const attributes = attributesOf(message, nftSet)
    const known = sets.find(family, attributes.table, attributes.name)
    if (known && sets.isAnonymous(known)) return []
    return [setOf(known ?? { family, attributes }) ?? { kind: 'set', attributes }]
  },
  [nftMessage.newElements.type]: (message, family, sets) => {
    const attributes = attributesOf(message, nftElements)
    const known = sets.find(family, attributes.table, attributes.set)
    if (known && sets.isAnonymous(known)) return []
    const set = known && setOf(known)
    if (set === undefined) return [{ kind: 'elements', attributes }]
    const { elements, left } = elementsOf(set, attributes.elements ?? [])
    return [
      ...elements,
      ...(left.length === 0 ? [] : [{ kind: 'elements', attributes: { ...attributes, elements: left } } as const]),
    ]
  },
  [nftMessage.newObject.type]: (message, family) => {
    const attributes = attributesOf(message, nftObject)
    return [objectOf({ family, attributes }) ?? { kind: 'object', attributes }]
  },
  [nftMessage.newFlowtable.type]: (message) => [{ kind: 'flowtable', attributes: attributesOf(message, nftFlowtable) }],
}

/** What is deleted, by the type that makes it. */
const deletions = new Map<number, number>(
  (['Table', 'Chain', 'Rule', 'Set', 'Elements', 'Object', 'Flowtable'] as const).flatMap((noun) =>
    (['delete', 'destroy'] as const).map(
      (verb) => [nftMessage[`${verb}${noun}`].type, nftMessage[`new${noun}`].type] as const,
    ),
  ),
)

function changesOf(message: Message, sets: SetIndex): readonly Change[] {
  const made = deletions.get(message.type)
  const family = familyName(netfilterOf(message).family)
  const read = readers[made ?? message.type]
  if (read === undefined || family === undefined) return []
  const action = made === undefined ? 'add' : 'delete'
  return read(message, family, sets).flatMap((what) => (what === undefined ? [] : [{ action, what }]))
}
