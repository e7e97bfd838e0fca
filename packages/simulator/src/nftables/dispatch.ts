import type { Message, MessageType } from '@nfkit/netlink-codec'
import { nftMessage } from '@nfkit/netlink-codec/nftables'
import { deleteChain, newChain } from './change/chain.ts'
import type { Draft } from './change/draft.ts'
import { deleteElements, newElements } from './change/element.ts'
import { deleteFlowtable, newFlowtable } from './change/flowtable.ts'
import type { ChangeHost } from './change/host.ts'
import { deleteObject, newObject } from './change/object.ts'
import { deleteRule, newRule } from './change/rule.ts'
import { deleteSet, newSet } from './change/set.ts'
import { deleteTable, newTable } from './change/table.ts'
import type { NftablesProfile } from './profile.ts'
import { NftRequest } from './request.ts'

/** Acts on one message of a batch. Throws `Refusal`. */
export type Change = (host: ChangeHost, message: Message, draft: Draft) => void

type Act = (host: ChangeHost, request: never, draft: Draft, forgives: boolean) => void
type Kind = 'Table' | 'Chain' | 'Rule' | 'Set' | 'Elements' | 'Object' | 'Flowtable'

const acts: { readonly [kind in Kind]: readonly [make: Act, remove: Act] } = {
  Table: [newTable, deleteTable],
  Chain: [newChain, deleteChain],
  Rule: [newRule, deleteRule],
  Set: [newSet, deleteSet],
  Elements: [newElements, deleteElements],
  Object: [newObject, deleteObject],
  Flowtable: [newFlowtable, deleteFlowtable],
}

/** Who acts on each message of a batch, by its type. */
export function changesOf({ destroys }: NftablesProfile): ReadonlyMap<number, Change> {
  const changes = Object.entries(acts).flatMap(([kind, [make, remove]]): [number, Change][] => [
    changeOf(nftMessage[`new${kind as Kind}`], make, false),
    changeOf(nftMessage[`delete${kind as Kind}`], remove, false),
    ...(destroys ? [changeOf(nftMessage[`destroy${kind as Kind}`], remove, true)] : []),
  ])
  return new Map(changes)
}

const changeOf = ({ type, table }: MessageType, act: Act, forgives: boolean): [number, Change] => [
  type,
  (host, message, draft) => act(host, new NftRequest(message, table) as never, draft, forgives),
]
