import type { Flow } from '@nfkit/netlink-codec/conntrack'
import type { FlowChanges } from './update.ts'

/** The kernel answered a change with success, and left part of it out. */
export class IgnoredChangeError extends Error {
  static {
    this.prototype.name = 'IgnoredChangeError'
  }
  /** The change that was not made: `synproxy`. */
  readonly change: keyof FlowChanges

  constructor(change: keyof FlowChanges, advice: string) {
    super(`"${change}" was ignored by the kernel: ${advice}`)
    this.change = change
  }
}

const noRoom = 'the entry was made by a packet, without room for it; entries of `create` have it'

/** What the kernel drops in silence (ctnetlink_change_seq_adj and its neighbours), and where a flow shows that it was taken. */
const droppable = [
  { change: 'originalSequenceAdjustment', advice: noRoom },
  { change: 'replySequenceAdjustment', advice: noRoom },
  { change: 'synproxy', advice: noRoom },
  { change: 'dccp', advice: 'this kernel does not track DCCP (Linux 6.17 and later)' },
] as const

/** Whether the entry has to be read again to know that all was taken. */
export const mayBeIgnored = (changes: FlowChanges): boolean =>
  droppable.some(({ change }) => changes[change] !== undefined)

/** Throws `IgnoredChangeError` for what the entry does not show afterwards. */
export function assertTaken(changes: FlowChanges, after: Flow): void {
  for (const { change, advice } of droppable)
    if (changes[change] !== undefined && after[change] === undefined) throw new IgnoredChangeError(change, advice)
}
