import { type Message, messageFlags } from '@nfkit/netlink-codec'
import { conntrackMessage, expectMessage, Flow } from '@nfkit/netlink-codec/conntrack'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import { Expectation } from '../objects/expectation.ts'

/** Something happened to a connection. An update has what changed and little else: see `watch()` for whole flows. */
export interface FlowEvent {
  /** What happened to the flow. */
  readonly kind: 'new' | 'update' | 'destroy'
  /** The flow as the event tells it: updates lack what did not change. */
  readonly flow: Flow
  /** Port id of the socket whose request caused it; 0 when packets or time did. */
  readonly portId: number
}

/** A helper expects a connection, or no longer. */
export interface ExpectationEvent {
  /** What happened to the expectation. */
  readonly kind: 'expectationNew' | 'expectationDestroy'
  /** The expectation as the event tells it. */
  readonly expectation: Expectation
  /** Port id of the socket whose request caused the event; 0 when a packet did. */
  readonly portId: number
}

/** Events arrived faster than they were read: some are missing hereabouts, before or after a few of their neighbours. */
export interface EventGap {
  /** Events were lost. */
  readonly kind: 'gap'
  /** Events lost since the last gap, as far as is known yet. */
  readonly lost: number
}

/** What an event stream yields. `kind` tells the three apart. */
export type ConntrackEvent = FlowEvent | ExpectationEvent | EventGap
/** The kinds of events a stream can be asked for. */
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
    case conntrackMessage.new.type: {
      const kind = message.flags & messageFlags.create ? 'new' : 'update'
      return { kind, flow: Flow.of(message), portId }
    }
    case conntrackMessage.delete.type:
      return { kind: 'destroy', flow: Flow.of(message), portId }
    case expectMessage.new.type:
      return { kind: 'expectationNew', expectation: Expectation.of(message), portId }
    case expectMessage.delete.type:
      return { kind: 'expectationDestroy', expectation: Expectation.of(message), portId }
    default:
      return undefined
  }
}
