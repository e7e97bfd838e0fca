/** Pieces of a text that become others. Lines stay where they are, so that errors name the lines of the source. */
export class Edits {
  readonly #source: string
  readonly #edits: { readonly from: number; readonly to: number; readonly text: string }[] = []

  constructor(source: string) {
    this.#source = source
  }

  replace(from: number, to: number, text: string): void {
    this.#edits.push({ from, to, text })
  }

  /** Leaves nothing but its line ends. */
  blank(from: number, to: number): void {
    this.replace(from, to, this.#source.slice(from, to).replace(/[^\n]/g, ' '))
  }

  /** Leaves an empty statement: what stands around it must not become one. */
  blankStatement(from: number, to: number): void {
    this.replace(from, to, `;${this.#source.slice(from + 1, to).replace(/[^\n]/g, ' ')}`)
  }

  /** The text with all of it done. What is inside of an edit that begins earlier is gone with it. */
  applied(): string {
    let out = ''
    let at = 0
    for (const { from, to, text } of this.#edits.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
      if (from < at) continue
      out += this.#source.slice(at, from) + text
      at = to
    }
    return out + this.#source.slice(at)
  }
}
