import { widthOf } from '../src/text/width.ts'

/** A terminal of this size that obeys what the program writes, and counts what it should not need. */
export class Emulator {
  columns: number
  rows: number
  /** Lines that were longer than the terminal, and lines that pushed others out at the top. */
  wraps = 0
  scrolls = 0
  colours = 0
  /** How often it was drawn from its first line on. */
  frames = 0
  #cells: string[][]
  /** The beginning of what a terminal obeys, whose end comes later. */
  #torn = ''
  #row = 0
  #column = 0

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
    this.#cells = Array.from({ length: rows }, () => [])
  }

  /** What can be read on it. */
  get lines(): string[] {
    return this.#cells.map((row) =>
      Array.from(row, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    )
  }

  get text(): string {
    return this.lines.join('\n').trimEnd()
  }

  /** Another size: what was there stays where it was, as far as there is room, and is counted anew. */
  resize(columns: number, rows: number): void {
    this.columns = columns
    this.rows = rows
    this.#cells = Array.from({ length: rows }, (_, i) => this.#cells[i]?.slice(0, columns) ?? [])
    this.#row = Math.min(this.#row, rows - 1)
    this.#column = 0
    this.wraps = 0
    this.scrolls = 0
  }

  write(more: string): void {
    const text = this.#torn + more
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal obeys
    this.#torn = /\x1b(\[[\d;?]*)?$/.exec(text)?.[0] ?? ''
    const whole = text.slice(0, text.length - this.#torn.length)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal obeys
    for (const [part, parameters, command] of whole.matchAll(/\x1b\[([\d;?]*)([A-Za-z])|\r|\n|[^\x1b\r\n]/gu))
      if (command !== undefined) this.#obey(command, parameters ?? '')
      else if (part === '\r') this.#column = 0
      else if (part === '\n') this.#feed()
      else this.#put(part)
  }

  #obey(command: string, parameters: string): void {
    if (command === 'H') {
      this.frames++
      this.#row = 0
      this.#column = 0
    } else if (command === 'K') this.#line().splice(this.#column)
    else if (command === 'J') {
      this.#line().splice(this.#column)
      for (let row = this.#row + 1; row < this.rows; row++) this.#cells[row] = []
    } else if (command === 'm') this.colours += parameters === '0' ? 0 : 1
    else throw new Error(`what is ${command}?`)
  }

  #put(sign: string): void {
    const width = widthOf(sign)
    if (this.#column + width > this.columns) {
      this.wraps++
      this.#column = 0
      this.#feed()
    }
    const row = this.#line()
    while (row.length < this.#column) row.push(' ')
    if (width === 0) row[this.#column - 1] += sign
    else row.splice(this.#column, width, sign, ...Array(width - 1).fill(''))
    this.#column += width
  }

  #feed(): void {
    if (++this.#row < this.rows) return
    this.scrolls++
    this.#row = this.rows - 1
    this.#cells.shift()
    this.#cells.push([])
  }

  #line(): string[] {
    return this.#cells[this.#row]!
  }
}
