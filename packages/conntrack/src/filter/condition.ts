import type { Conntrack, Flow } from '@nfkit/netlink-codec/conntrack'
import type { Features } from '../features.ts'
import type { ByteTest } from './bpf.ts'

/** One condition of a filter. */
export interface Condition {
  readonly text: string
  readonly matches: (flow: Flow) => boolean
  /** Whether it holds for a connection's whole life, so that events without it can never matter. */
  readonly constant: boolean
  /** How the kernel is told in a dump; `undefined` when it cannot be. */
  readonly push?: Push | undefined
  /** How a socket filter tells by the bytes of an event; `undefined` when it cannot. */
  readonly tests?: readonly ByteTest[] | undefined
}

export type Push =
  | { readonly kind: 'family'; readonly family: number }
  | {
      readonly kind: 'attrs'
      readonly needs: keyof Features
      readonly attrs: Conntrack
      /** The kernel lets more through than the condition does: it has to be checked here as well. */
      readonly coarse?: true
    }
  | { readonly kind: 'tuple'; readonly flags: number; readonly tuple: TuplePush }

/** What CTA_FILTER compares of one tuple. */
export interface TuplePush {
  readonly protocol?: number
  readonly source?: Uint8Array
  readonly destination?: Uint8Array
  readonly sourcePort?: number
  readonly destinationPort?: number
}

/** A condition that is checked here, and nowhere else. */
export const here = (text: string, constant: boolean, matches: (flow: Flow) => boolean): Condition => ({
  text,
  constant,
  matches,
})
