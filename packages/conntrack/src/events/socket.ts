import { type EventSink, EventSocket, type Transport } from '@nfkit/netlink-transport'
import { type ByteTest, socketFilter } from '../filter/bpf.ts'
import { type EventKind, type ExpectationEvent, eventGroups, eventOf, type FlowEvent } from './event.ts'

export interface EventSocketOptions {
  readonly kinds: readonly EventKind[]
  /** What a socket filter shall test. */
  readonly tests: readonly ByteTest[]
  /** Bytes of the receive buffer to ask for. */
  readonly receiveBuffer: number
  /** Have the kernel repeat destroy events that did not fit. */
  readonly reliable: boolean
}

/** What takes the table's events. */
export type ConntrackSink = EventSink<FlowEvent | ExpectationEvent>

/** A socket that receives the table's events and nothing else. It listens from the moment it is made. */
export function eventSocket(transport: Transport, options: EventSocketOptions, sink: ConntrackSink): EventSocket {
  const { kinds, tests, receiveBuffer, reliable } = options
  const groups = kinds.map((kind) => eventGroups[kind])
  const filter = socketFilter(tests)
  return new EventSocket(transport, { groups, read: eventOf, receiveBuffer, reliable, filter }, sink)
}
