import { Flow, group, type Message, messageFlags, messageType } from '@nfkit/netlink-codec'
import { Expectation } from './expectation.ts'

/** Something happened to a connection. An update has what changed and little else: see `watch()` for whole flows. */
export interface FlowEvent {
  readonly kind: 'new' | 'update' | 'destroy'
  readonly flow: Flow
  /** Port id of the socket whose request caused it; 0 when packets or time did. */
  readonly portId: number
}

/** A helper expects a connection, or no longer. */
export interface ExpectationEvent {
  readonly kind: 'expectationNew' | 'expectationDestroy'
  readonly expectation: Expectation
  readonly portId: number
}

/** Events arrived faster than they were read: some are missing hereabouts, before or after a few of their neighbours. */
export interface EventGap {
  readonly kind: 'gap'
  /** Events lost since the last gap, as far as is known yet. */
  readonly lost: number
}

export type ConntrackEvent = FlowEvent | ExpectationEvent | EventGap
export type EventKind = FlowEvent['kind'] | ExpectationEvent['kind']

/** Which multicast group brings which kind. */
export const eventGroups: { readonly [kind in EventKind]: number } = {
  new: group.conntrackNew,
  update: group.conntrackUpdate,
  destroy: group.conntrackDestroy,
  expectationNew: group.conntrackExpNew,
  expectationDestroy: group.conntrackExpDestroy,
}

/** `undefined` for a message that is no event. */
export function eventOf(message: Message): FlowEvent | ExpectationEvent | undefined {
  const { type, portId } = message
  switch (type) {
    case messageType.conntrackNew.type: {
      const kind = message.flags & messageFlags.create ? 'new' : 'update'
      return { kind, flow: new Flow(message.attrs, message.family), portId }
    }
    case messageType.conntrackDelete.type:
      return { kind: 'destroy', flow: new Flow(message.attrs, message.family), portId }
    case messageType.expectNew.type:
      return { kind: 'expectationNew', expectation: Expectation.of(message), portId }
    case messageType.expectDelete.type:
      return { kind: 'expectationDestroy', expectation: Expectation.of(message), portId }
    default:
      return undefined
  }
}
