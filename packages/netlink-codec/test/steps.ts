/** More reads of the input than its length allows: the reader would go on for ever, or for far too long. */
export class TooManySteps extends Error {}

let steps = 0
let budget = Number.POSITIVE_INFINITY

function step(): void {
  if (++steps > budget) throw new TooManySteps()
}

// Readers look at their input byte by byte or through a DataView; both are counted.
for (const name of ['getUint16', 'getUint32'] as const) {
  const read = DataView.prototype[name]
  DataView.prototype[name] = function (this: DataView, at: number, littleEndian?: boolean) {
    step()
    return read.call(this, at, littleEndian)
  }
}

/** The same bytes, with every indexed read counted. */
function counted(bytes: Uint8Array): Uint8Array {
  return new Proxy(bytes, {
    get(target, key) {
      if (typeof key === 'string' && key >= '0' && key <= ':') step()
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Reads per byte of input: four for the header of a four-byte attribute, at every depth there is, and once for text. */
const stepsPerByte = 8
/** What even the emptiest input may cost: headers are read before their lengths are known. */
const stepsAtLeast = 64

/**
 * Let `run` read these bytes, and no more often than their length allows: what hangs, or takes steps out of proportion to its
 * input, throws `TooManySteps`. Decoders look at their input in every turn of every loop.
 */
export function inBoundedSteps<T>(bytes: Uint8Array, run: (bytes: Uint8Array) => T): T {
  steps = 0
  budget = stepsAtLeast + stepsPerByte * bytes.length
  try {
    return run(counted(bytes))
  } finally {
    budget = Number.POSITIVE_INFINITY
  }
}
