import type { KeyObject } from 'node:crypto'
import { decodeNotice } from './notice.ts'
import { Replica, type ReplicaLeft, type Taken } from './replica.ts'
import { type FleetRefusal, unseal } from './sealing.ts'

/** Whom a reader believes, and how much it keeps. */
export interface ReaderTerms {
  readonly fleet: string
  readonly keys: ReadonlyMap<string, KeyObject>
  readonly mostBytes: number
  readonly mostListed: number
}

/** Reads what a log's authors say, and refuses what others do. */
export class Reader {
  readonly replica: Replica
  readonly #terms: ReaderTerms

  /** `left` is what another reader has known. */
  constructor(terms: ReaderTerms, left?: ReplicaLeft) {
    this.replica = new Replica(terms.mostListed, left)
    this.#terms = terms
  }

  read(message: Uint8Array): (Taken & { readonly author: string }) | FleetRefusal {
    const { fleet, keys, mostBytes } = this.#terms
    if (message.length > mostBytes) return 'oversized'
    const opened = unseal(fleet, keys, message)
    if (typeof opened === 'string') return opened
    const notice = decodeNotice(opened.body)
    if (notice === undefined) return 'malformed'
    const taken = this.replica.take(opened.author, notice, Date.now())
    return typeof taken === 'string' ? taken : { ...taken, author: opened.author }
  }
}
