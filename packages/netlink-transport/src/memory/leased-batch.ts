import type { Batch } from '../transport.ts'

/** What released memory is filled with, so that a program that still reads it sees nonsense. */
export const poison = 0xdd

/** Bytes that some batches share, one behind the other: to have memory costs more than to copy a datagram. None are used twice. */
const sheetSize = 16_384
let sheet = new Uint8Array(0)
let used = 0

function memoryFor(size: number): Uint8Array {
  if (used + size > sheet.length) {
    if (size > sheetSize / 4) return new Uint8Array(size)
    sheet = new Uint8Array(sheetSize)
    used = 0
  }
  used += size
  return sheet.subarray(used - size, used)
}

/** Datagrams copied together, and spoilt when they are released. */
export class LeasedBatch implements Batch {
  readonly bytes: Uint8Array
  readonly spans: Int32Array
  readonly length: number
  readonly brief: boolean
  readonly arrivedAt = performance.now()
  readonly #onRelease: () => void
  #released = false

  constructor(datagrams: readonly Uint8Array[], brief: boolean, onRelease: () => void) {
    this.#onRelease = onRelease
    this.length = datagrams.length
    this.brief = brief
    this.spans = new Int32Array(2 * datagrams.length)
    let size = 0
    for (let i = 0; i < datagrams.length; i++) {
      const { length } = datagrams[i]!
      this.spans[2 * i] = size
      this.spans[2 * i + 1] = length
      size += (length + 3) & ~3
    }
    this.bytes = memoryFor(size)
    for (let i = 0; i < datagrams.length; i++) this.bytes.set(datagrams[i]!, this.spans[2 * i]!)
  }

  readonly release = (): void => {
    this.abandon()
    this.bytes.fill(poison)
  }

  readonly abandon = (): void => {
    if (this.#released) throw new Error('a batch is released once, and this one was released before')
    this.#released = true
    this.#onRelease()
  }
}
