/** A row: datagrams of up to `length` bytes occupy `truesize` bytes of a receive buffer. */
export interface TruesizeStep {
  /** Bytes of a datagram. */
  readonly length: number
  /** Bytes of memory such a datagram is charged. */
  readonly truesize: number
}

/** As measured on x86-64: slab sizes, each with the bookkeeping the kernel keeps in the same memory. */
export const measuredTruesize: readonly TruesizeStep[] = [
  { length: 190, truesize: 832 },
  { length: 640, truesize: 1280 },
  { length: 1600, truesize: 2304 },
  { length: 3700, truesize: 4352 },
  { length: 7700, truesize: 8448 },
  { length: 16_000, truesize: 16_640 },
]

/** What a datagram beyond the last step occupies more than its length. */
const largeOverhead = 760

/** The memory one datagram is charged for. */
export function truesizeOf(length: number, steps: readonly TruesizeStep[]): number {
  for (let i = 0; i < steps.length; i++) if (length <= steps[i]!.length) return steps[i]!.truesize
  return length + largeOverhead
}
