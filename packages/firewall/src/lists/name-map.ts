const longest = 253
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/

/**
 * A name as it is listed, in lower case and without a dot at the end: `example.org`, or `*.example.org` for all names below it. `undefined` for what is
 * none: names beyond ASCII are written as DNS has them (`xn--bcher-kva.example`).
 */
export function listedName(text: string): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, '')
  const labels = name.split('.')
  const named = labels[0] === '*' ? labels.slice(1) : labels
  const isName = named.length > 0 && name.length <= longest && named.every((one) => label.test(one))
  // What ends with a number is an address that is none.
  return isName && !/^\d+$/.test(named.at(-1)!) ? name : undefined
}

/** What is kept of names as they are listed. */
export class NameMap<T> {
  readonly #values = new Map<string, T>()

  get(listed: string): T | undefined {
    return this.#values.get(listed)
  }

  set(listed: string, value: T): this {
    this.#values.set(listed, value)
    return this
  }

  delete(listed: string): void {
    this.#values.delete(listed)
  }

  /** All that is kept. */
  values(): Iterable<T> {
    return this.#values.values()
  }

  /** All of it by name, as it is listed. */
  entries(): Iterable<[string, T]> {
    return this.#values.entries()
  }

  /** What is kept of a name, and of all that it is below of. */
  matching(name: string): T[] {
    const exact = this.#values.get(name)
    const out = exact === undefined ? [] : [exact]
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const value = this.#values.get(`*${name.slice(dot)}`)
      if (value !== undefined) out.push(value)
    }
    return out
  }
}
