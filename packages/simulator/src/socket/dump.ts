import { encodeDone } from '@nfkit/netlink-codec'

/** Room for messages in the first part, on machines with pages of 4096 bytes. */
const firstPartSize = 3776
/** Room in later parts, if the reader's buffer is as large. */
const largestPartSize = 32_448

/** What parts hold when the largest read so far had a buffer of `size` bytes. */
export const roomFor = (size: number): number => Math.max(firstPartSize, Math.min(size, largestPartSize))

/** A table on its way to a socket, part by part (netlink_dump, net/netlink/af_netlink.c). */
export class Dump {
  readonly #messages: Iterator<Uint8Array>
  readonly #sequence: number
  readonly #doneFlags: number
  readonly #failure: number
  /** Fetched, but did not fit into the last part. */
  #held: Uint8Array | undefined
  #parts = 0

  /**
   * `messages` are walked as room comes up, so it sees the table as it is then. `doneFlags` are those of DONE besides MULTI; with a
   * `failure`, an errno, the dump ends after its first part.
   */
  constructor(messages: Iterator<Uint8Array>, sequence: number, doneFlags: number, failure: number) {
    this.#messages = messages
    this.#sequence = sequence
    this.#doneFlags = doneFlags
    this.#failure = failure
  }

  /** As many whole messages as fit into `room` bytes, and one at least; `undefined` at the end. */
  part(room: number): Uint8Array | undefined {
    const messages: Uint8Array[] = []
    let size = 0
    for (let next = this.#next(); next; next = this.#next()) {
      if (size > 0 && size + next.length > room) {
        this.#held = next
        break
      }
      messages.push(next)
      size += next.length
    }
    this.#parts++
    return size > 0 ? joined(messages, size) : undefined
  }

  #next(): Uint8Array | undefined {
    if (this.#failure !== 0 && this.#parts > 0) return undefined
    const message = this.#held ?? this.#messages.next().value
    this.#held = undefined
    return message
  }

  /** `NLMSG_DONE`: an errno follows the header. */
  done(portId: number): Uint8Array {
    return encodeDone(this.#sequence, { errno: this.#failure, portId, flags: this.#doneFlags })
  }
}

function joined(messages: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const message of messages) {
    bytes.set(message, at)
    at += message.length
  }
  return bytes
}
