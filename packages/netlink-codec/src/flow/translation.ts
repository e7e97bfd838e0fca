import { status } from '../conntrack/constants.ts'
import type { FlowEnd, FlowTuple } from './tuple.ts'

/** What NAT makes of a connection's first direction; an end that stays as it is is absent. */
export interface FlowTranslation {
  /** In place of `original.source`. */
  readonly source?: FlowEnd
  /** In place of `original.destination`. */
  readonly destination?: FlowEnd
}

/** `undefined` where nothing is translated. Answers come to the translated ends: the reply tuple shows them. */
export function translationOf(bits: number, reply: FlowTuple): FlowTranslation | undefined {
  const source = bits & status.srcNat ? reply.destination : undefined
  const destination = bits & status.dstNat ? reply.source : undefined
  return source || destination ? { ...(source && { source }), ...(destination && { destination }) } : undefined
}
