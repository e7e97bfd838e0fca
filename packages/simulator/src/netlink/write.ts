import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import type { Writer } from '@nfkit/netlink-codec'

// For what is said of every packet. All else is an object that a table encodes.

const where = 'attribute'

/** An attribute of 8 bits. */
export function write8(writer: Writer, id: number, value: number): void {
  const at = writer.attr(id, 1, where)
  writer.memory[at] = value
}

/** An attribute of 16 bits, in network order. */
export function write16(writer: Writer, id: number, value: number): void {
  const at = writer.attr(id, 2, where)
  putBe16(writer.memory, at, value)
}

/** An attribute of 32 bits, in network order. */
export function write32(writer: Writer, id: number, value: number): void {
  const at = writer.attr(id, 4, where)
  putBe32(writer.memory, at, value)
}

export function writeBytes(writer: Writer, id: number, bytes: Uint8Array): void {
  const { length } = bytes
  const at = writer.attr(id, length, where)
  const { memory } = writer
  // Addresses: a call of `set` takes longer.
  for (let i = 0; i < length; i++) memory[at + i] = bytes[i]!
}
