import type { Effect, Passage } from '../effect.ts'
import { stream } from './stream.ts'

const none = [0, 0, 0]

/**
 * GRE keeps the timeouts that it began with (nf_conntrack_gre_packet). A connection that a request made has none, and is over with its next
 * packet.
 */
export function gre(passage: Passage): Effect {
  const { connection } = passage
  if (!connection.confirmed) connection.gre = passage.timeouts
  return stream({ ...passage, timeouts: connection.gre ?? none })
}
