import { decode, type Message } from '@nfkit/netlink-codec'
import { netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import { nftGeneration, nftMessage } from '@nfkit/netlink-codec/nftables'
import type { Part } from './operation.ts'
import type { Outcome } from './transactions.ts'

/** What a commit made. */
export interface Committed {
  /** The generation of the ruleset that it made; `undefined` where the kernel did not tell: a batch that begins with elements or empties a set first, or changed nothing. */
  readonly generation: number | undefined
  /** The kernel's handles of what the batch made: tables, chains, sets, maps, objects and rules. */
  readonly handles: ReadonlyMap<Part, bigint>
}

/** What the kernel told of a transaction. Throws `DecodeError`. */
export function committed({ parts, outcomes }: Outcome): Committed {
  const handles = new Map<Part, bigint>()
  let generation: number | undefined
  for (const [i, { messages }] of outcomes.entries()) {
    const { type, step } = parts[i]!
    for (const message of messages) {
      if (message.type === nftMessage.newGeneration.type) generation = generationOf(message)
      if (message.type !== type.type) continue
      const { bytes, start, end } = message
      const { handle } = decode(type.table, bytes, start + netfilterHeaderSize, end)
      if (typeof handle === 'bigint') handles.set(step.part, handle)
    }
  }
  return { generation, handles }
}

const generationOf = ({ bytes, start, end }: Message): number | undefined =>
  decode(nftGeneration, bytes, start + netfilterHeaderSize, end).id
