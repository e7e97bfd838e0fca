import type { UnjudgedReason } from '../errors.ts'

/** Judged by the program, or by its queue for a reason. */
export type Settled = 'judged' | UnjudgedReason

/** What is said of a packet besides: bits of its state. */
export const flag = { held: 1, handedOut: 2, inHandler: 4 } as const
const flags = flag.held | flag.handedOut | flag.inHandler

/** How far a packet has come, above those bits: one number is a field less of each packet than two. Settled are those from `judged` on. */
export const step = {
  pending: 0,
  copy: 8,
  judged: 16,
  threw: 24,
  rejected: 32,
  forgotten: 40,
  deadline: 48,
  closing: 56,
  handover: 64,
  undecodable: 72,
} as const satisfies Readonly<Record<'pending' | 'copy' | Settled, number>>

const names = Object.fromEntries(Object.entries(step).map(([name, bits]) => [bits, name]))

/** The state with another way that a packet has come. */
export const moved = (state: number, to: Settled): number => (state & flags) | step[to]

/** What the state of a packet is called that is no longer pending. */
export const stateName = (state: number): 'copy' | Settled => names[state & ~flags] as 'copy' | Settled
