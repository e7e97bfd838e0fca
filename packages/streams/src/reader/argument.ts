/** Returns `value`; throws `TypeError` when a program in JavaScript gave something else than bytes. */
export function bytes(what: string, value: Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new TypeError(`${what} takes a Uint8Array, not ${value === null ? 'null' : typeof value}`)
}

/**
 * The option `most`, or what is usual. Throws `TypeError` for an option of another name, and `RangeError` for what is no whole number above 0.
 */
export function most(what: string, options: { readonly most?: number }, usual: number): number {
  const other = Object.keys(options).find((name) => name !== 'most')
  if (other !== undefined) throw new TypeError(`${what}: there is no option ${JSON.stringify(other)}, only "most"`)
  const value = options.most ?? usual
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new RangeError(`${what}: most is a whole number of bytes above 0, not ${String(value)}`)
}
