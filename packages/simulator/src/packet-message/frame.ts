import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import { align, putU16, putU32 } from '@nfkit/netlink-codec'
import { netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import { BumpAllocator } from '../allocator.ts'

const memory = new BumpAllocator()

/** One packet message while it is written. Every packet makes one, so it writes straight into place. */
export class Frame {
  /** Where `attr` said. */
  readonly bytes: Uint8Array
  readonly #start: number
  #end: number

  /** `number` is that of the queue, or the log group. */
  constructor(capacity: number, type: number, family: number, number: number) {
    memory.reserve(capacity)
    const { bytes, start } = memory
    putU16(bytes, start + 4, type)
    bytes[start + 16] = family
    putBe16(bytes, start + 18, number)
    this.bytes = bytes
    this.#start = start
    this.#end = start + netfilterHeaderSize
  }

  /** Start an attribute of `length` payload bytes, zeroed; returns where they go. */
  attr(id: number, length: number): number {
    const at = this.#end
    putU16(this.bytes, at, 4 + length)
    putU16(this.bytes, at + 2, id)
    this.#end = at + align(4 + length)
    return at + 4
  }

  be32(id: number, value: number): void {
    putBe32(this.bytes, this.attr(id, 4), value)
  }

  raw(id: number, payload: Uint8Array): void {
    this.bytes.set(payload, this.attr(id, payload.length))
  }

  /** The message, ended by what of `packet` is copied: without padding. */
  finish(payloadId: number, packet: Uint8Array, copied: number): Uint8Array {
    let end = this.#end
    if (copied > 0) {
      putU16(this.bytes, end, 4 + copied)
      putU16(this.bytes, end + 2, payloadId)
      this.bytes.set(copied === packet.length ? packet : packet.subarray(0, copied), end + 4)
      end += 4 + copied
    }
    const length = end - this.#start
    putU32(this.bytes, this.#start, length)
    return memory.cut(length)
  }
}
