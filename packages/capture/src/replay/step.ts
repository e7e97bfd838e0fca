import { DecodeError, type Message, messages } from '@nfkit/netlink-codec'
import type { CaptureRecord } from '../format/record.ts'
import { type NetlinkDatagram, netlinkDatagrams, netlinkNetfilter } from '../netlink/netlink.ts'
import { type Note, noteIn, portIdIn } from '../netlink/note.ts'

/** What a recording says happened, in order. */
export type ReplayStep = SendStep | CallStep | ReceiveStep | FailureStep

interface Step {
  readonly record: CaptureRecord
  /** Name of the socket it happened on; `undefined` in captures that do not tell sockets apart. */
  readonly socket: string | undefined
  /** The port id that socket had. */
  readonly portId: number | undefined
}

/** Something our code did, and must do again. */
interface Expected extends Step {
  /** What it failed with. */
  readonly error: Note['error']
  /** It was done, ahead of the steps before it. */
  done: boolean
}

/** One datagram to the kernel. */
export interface SendStep extends Expected {
  readonly kind: 'send'
  readonly messages: readonly Message[]
}

/** A call that changes a socket. */
export interface CallStep extends Expected {
  readonly kind: 'call'
  readonly note: Note
}

/** One datagram from the kernel. */
export interface ReceiveStep extends Step {
  readonly kind: 'receive'
  readonly bytes: Uint8Array
}

/** The socket failed while receiving. */
export interface FailureStep extends Step {
  readonly kind: 'failure'
  readonly error: NonNullable<Note['error']>
}

/** The steps of a netlink capture. Throws `CaptureError`. */
export async function* replaySteps(
  capture: AsyncIterable<CaptureRecord>,
  include: (datagram: NetlinkDatagram) => boolean,
): AsyncGenerator<ReplayStep, void, undefined> {
  for await (const datagram of netlinkDatagrams(capture)) {
    if (datagram.protocol === netlinkNetfilter && include(datagram)) yield stepOf(datagram)
  }
}

function stepOf({ record, direction, bytes, interface: at }: NetlinkDatagram): ReplayStep {
  const portId = portIdIn(at.description)
  const socket = portId === undefined ? undefined : at.name
  const note = noteIn(record.comment)
  const step = { record, socket, portId }
  if (note?.call !== undefined) return { ...step, kind: 'call', note, error: note.error, done: false }
  if (direction === 'toKernel')
    return { ...step, kind: 'send', messages: wholeMessages(bytes), error: note?.error, done: false }
  if (note?.error !== undefined) return { ...step, kind: 'failure', error: note.error }
  return { ...step, kind: 'receive', bytes }
}

/** The messages of a datagram to the kernel: up to one that makes no sense, where the kernel stops reading, too. */
export function wholeMessages(datagram: Uint8Array): Message[] {
  const found: Message[] = []
  try {
    for (const message of messages(datagram)) found.push(message)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
  }
  return found
}
