import { EncodeError, type MessageType } from '@nfkit/netlink-codec'
import {
  type NftChain,
  type NftElements,
  type NftObject,
  type NftRule,
  type NftSet,
  type NftTable,
  nftMessage,
} from '@nfkit/netlink-codec/nftables'
import { setAttrs } from '../encode/set.ts'
import { chainAttrs, objectAttrs, tableAttrs } from '../encode/table.ts'
import type { Operation, Part, Verb } from './operation.ts'

/** Attributes of a message: what writes them knows their table. */
export type Attrs = NftTable | NftChain | NftRule | NftSet | NftElements | NftObject

/** A message before it is written. */
export interface Contents {
  readonly type: MessageType
  readonly attrs: Attrs
}

/** Whether something is there afterwards. */
export const isMaking = (verb: Verb): boolean => verb !== 'delete' && verb !== 'destroy' && verb !== 'flush'

/** The message that does so with such things. */
export const messageOf = (verb: Verb, noun: 'Table' | 'Chain' | 'Rule' | 'Set' | 'Elements' | 'Object'): MessageType =>
  nftMessage[`${isMaking(verb) ? 'new' : (verb as 'delete' | 'destroy')}${noun}`]

/**
 * What the kernel is told of an operation that one message is enough for: all but the making of rules and what is done with elements. `idOf`
 * gives sets their numbers in the transaction. Throws `EncodeError` for what cannot be flushed.
 */
export function contentsOf({ verb, part }: Operation, idOf: (set: Part) => number): Contents {
  if (verb === 'flush') return flush(part)
  const isMade = isMaking(verb)
  switch (part.kind) {
    case 'table':
      return { type: messageOf(verb, 'Table'), attrs: isMade ? tableAttrs(part) : { name: part.name } }
    case 'chain':
      return { type: messageOf(verb, 'Chain'), attrs: isMade ? chainAttrs(part) : named(part) }
    case 'object':
      return {
        type: messageOf(verb, 'Object'),
        attrs: isMade ? objectAttrs(part) : { ...named(part), type: part.type },
      }
    case 'set':
    case 'map':
      return { type: messageOf(verb, 'Set'), attrs: isMade ? setAttrs(part, idOf(part)) : named(part) }
    case 'rule':
      return {
        type: messageOf(verb, 'Rule'),
        attrs: { table: part.table, chain: part.chain, handle: part.handle },
      }
    default:
      throw new EncodeError(part.kind, 'elements of a set go together')
  }
}

function flush(part: Part): Contents {
  switch (part.kind) {
    case 'table':
      return { type: nftMessage.deleteRule, attrs: { table: part.name } }
    case 'chain':
      return { type: nftMessage.deleteRule, attrs: { table: part.table, chain: part.name } }
    case 'set':
    case 'map':
      return { type: nftMessage.deleteElements, attrs: { table: part.table, set: part.name } }
    default:
      throw new EncodeError('flush', 'tables, chains, sets and maps are flushed')
  }
}

const named = ({ table, name }: { readonly table: string; readonly name: string }) => ({ table, name })
