import { control, putU16, putU32 } from '@nfkit/netlink-codec'
import { nextTurn } from '@nfkit/netlink-transport/memory'
import { linktype } from '../format/linktype.ts'
import type { CaptureDirection } from '../format/record.ts'
import type { CaptureSink } from '../format/sink.ts'
import { datagramHeader, netlinkNetfilter } from '../netlink/netlink.ts'
import { type Note, noteText, socketDescription } from '../netlink/note.ts'
import { PcapngWriter } from '../pcapng/writer.ts'

/** The file a transport and its siblings are recorded to. It is closed with the last of them. */
export class Recording {
  readonly #writer: PcapngWriter
  readonly #onError: (error: unknown) => void
  readonly #clock = wallClock()
  readonly #cooked = datagramHeader(netlinkNetfilter)
  #sockets = 0
  #open = 0
  #flushing = false
  #failed = false

  /** `onError` is told, once, when the file cannot be written any more; nothing else is written then. */
  constructor(sink: CaptureSink, onError: (error: unknown) => void) {
    this.#writer = new PcapngWriter(sink, { application: 'nfkit' })
    this.#onError = onError
  }

  /** Describe a socket; its number, for what it sends and receives. */
  open(name: string, portId: number): number {
    const description = socketDescription(portId)
    this.#attempt(() => this.#writer.addInterface({ linktype: linktype.netlink, name, description }))
    this.#flushLater()
    this.#open++
    return this.#sockets++
  }

  /** A socket was closed. */
  close(): void {
    if (--this.#open === 0) this.#attempt(() => this.#writer.close())
  }

  datagram(socket: number, direction: CaptureDirection, bytes: Uint8Array, note?: Note): void {
    if (this.#open === 0) return
    const parts = [this.#cooked, bytes]
    const comment = note && noteText(note)
    const timestampNs = this.#clock()
    this.#attempt(() => this.#writer.record({ interface: socket, timestampNs, parts, direction, comment }))
    this.#flushLater()
  }

  /** Something that is no datagram, as an empty message of netlink itself. */
  event(socket: number, direction: CaptureDirection, type: 'noop' | 'overrun', note: Note): void {
    const message = new Uint8Array(16)
    putU32(message, 0, message.length)
    putU16(message, 4, control[type])
    this.datagram(socket, direction, message, note)
  }

  /** Write to the file once per turn of the event loop, so that a crash later loses nothing. */
  #flushLater(): void {
    if (this.#flushing) return
    this.#flushing = true
    nextTurn(() => {
      this.#flushing = false
      this.flush()
    })
  }

  /** Write what has come so far. */
  flush(): void {
    if (this.#open > 0) this.#attempt(() => this.#writer.flush())
  }

  // A full disk is no reason to stop judging packets.
  #attempt(write: () => void): void {
    if (this.#failed) return
    try {
      write()
    } catch (error) {
      this.#failed = true
      this.#onError(error)
    }
  }
}

/** Nanoseconds since 1970, which never go back. */
function wallClock(): () => bigint {
  const [date, start] = [BigInt(Date.now()) * 1_000_000n, performance.now()]
  return () => date + BigInt(Math.round((performance.now() - start) * 1e6))
}
