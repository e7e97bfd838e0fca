/** Checks that a value from elsewhere is what it should be, and returns it without anything else. Throws `ShapeError`. */
export type Shape<T> = (value: unknown, place: string) => T

/** A value is not what it should be; `message` says where. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}

const refuse = (place: string, wanted: string): never => {
  throw new ShapeError(`${place} is not ${wanted}`)
}

/** A text of up to so many characters. */
export const text =
  (longest: number): Shape<string> =>
  (value, place) =>
    typeof value === 'string' && value.length <= longest ? value : refuse(place, `text of up to ${longest} characters`)

/** A number within bounds. */
export const number =
  (least: number, most: number): Shape<number> =>
  (value, place) =>
    typeof value === 'number' && value >= least && value <= most
      ? value
      : refuse(place, `a number from ${least} to ${most}`)

/** One of some words. */
export const word =
  <const W extends string>(...words: readonly W[]): Shape<W> =>
  (value, place) =>
    words.find((one) => one === value) ?? refuse(place, words.join(' or '))

/** Or nothing. */
export const optional =
  <T>(shape: Shape<T>): Shape<T | undefined> =>
  (value, place) =>
    value === undefined || value === null ? undefined : shape(value, place)

/** A list of up to so many. */
export const list =
  <T>(shape: Shape<T>, most: number): Shape<readonly T[]> =>
  (value, place) =>
    Array.isArray(value) && value.length <= most
      ? value.map((one, i) => shape(one, `${place}[${i}]`))
      : refuse(place, `a list of up to ${most}`)

/** An object of named parts; others are left out. */
export const object =
  <T extends object>(parts: { readonly [K in keyof T]: Shape<T[K]> }): Shape<T> =>
  (value, place) => {
    if (typeof value !== 'object' || value === null) return refuse(place, 'an object')
    const entries = Object.entries(parts) as [keyof T & string, Shape<unknown>][]
    return Object.fromEntries(
      entries
        .map(([name, shape]) => [name, shape((value as Record<string, unknown>)[name], `${place}.${name}`)])
        .filter(([, one]) => one !== undefined),
    ) as T
  }
