import { check } from '@nfkit/netlink-transport'
import type { Handover, Verdict } from '@nfkit/nfqueue'
import type { Descriptors, Estate } from './messages.ts'

/** What a worker begins with. `State` is what its program leaves to the next worker: what `queue.handOver` resolves to, or more. */
export interface Inheritance<State = Handover> {
  /** The descriptor of a socket, by its name: for `openMnl({ fd })`. Throws `RangeError` where there is none. */
  fd(name: string): number
  /** What the worker before has left. `undefined` for the first, and after one that has crashed. */
  readonly state: State | undefined
  /**
   * What to do with packets that the one before has read and not judged, for `openQueue`: `repeat`, so that they come again; what `absent` says when
   * workers have crashed one soon after another, for then one of these packets may be the reason.
   */
  readonly orphans: Verdict
}

export const inheritanceOf = <State>(sockets: Descriptors, { state, orphans }: Estate): Inheritance<State> => ({
  fd: (name) => sockets[check.word('fd', name, sockets)]!,
  // Of the same program, or of one it can say nothing about.
  state: state as State | undefined,
  orphans,
})
