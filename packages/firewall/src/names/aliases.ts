/** How many names are kept that others lead to, and how many that lead to one of them; the oldest makes room. */
const [mostAliases, mostOrigins] = [4_096, 16]

/** That a name leads to an alias, as one firewall leaves it to the next: plain data. */
export interface AliasLeft {
  readonly alias: string
  readonly name: string
  /** For how long, in milliseconds. */
  readonly milliseconds: number
}

/** Names that listed names lead to. A resolver may ask for them on their own, and the answer counts for the names that led there. */
export class Aliases {
  readonly #origins = new Map<string, Map<string, number>>()

  /** These names lead to `alias` until then, on a clock of milliseconds. */
  add(alias: string, names: readonly string[], until: number): void {
    const origins = this.#origins.get(alias) ?? new Map<string, number>()
    this.#origins.delete(alias)
    this.#origins.set(alias, origins)
    for (const name of names) {
      origins.delete(name)
      origins.set(name, until)
      if (origins.size > mostOrigins) origins.delete(origins.keys().next().value!)
    }
    if (this.#origins.size > mostAliases) this.#origins.delete(this.#origins.keys().next().value!)
  }

  /** For the next firewall. */
  left(now: number): readonly AliasLeft[] {
    return [...this.#origins].flatMap(([alias, origins]) =>
      [...origins].flatMap(([name, until]) => (until > now ? { alias, name, milliseconds: until - now } : [])),
    )
  }

  /** What another firewall has left. */
  takeOver(left: readonly AliasLeft[], now: number): void {
    for (const { alias, name, milliseconds } of left) this.add(alias, [name], now + milliseconds)
  }

  /** The names that lead to this one. */
  of(alias: string, now: number): readonly string[] {
    const origins = this.#origins.get(alias)
    return origins === undefined ? [] : [...origins].flatMap(([name, until]) => (until > now ? name : []))
  }
}
