/** More reads of the input than its length allows: the reader would go on for ever, or for far too long. */
export class TooManySteps extends Error {}

/**
 * The same bytes, with every indexed read counted: the read after `budget` of them throws. Decoders look at their input in every
 * turn of every loop, so what hangs, or takes steps out of proportion to its input, fails.
 */
export function counted(bytes: Uint8Array, budget: number): Uint8Array {
  let steps = 0
  return new Proxy(bytes, {
    get(target, key) {
      if (typeof key === 'string' && key >= '0' && key <= ':' && ++steps > budget) throw new TooManySteps()
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Reads per byte of input: four for the header of a four-byte attribute, at every depth there is, and once for text. */
export const stepsPerByte = 8
/** What even the emptiest input may cost: headers are read before their lengths are known. */
export const stepsAtLeast = 64

/** The budget for one pass over `length` bytes. */
export const budgetFor = (length: number): number => stepsAtLeast + stepsPerByte * length
