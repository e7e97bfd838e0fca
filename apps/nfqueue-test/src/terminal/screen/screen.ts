import { cut } from '../../text/width.ts'
import { takeNotes } from '../note.ts'
import { stdout } from '../stdout.ts'

const redrawMilliseconds = 500

/** Notes that are shown below, and that are kept for the end, at most. */
const mostShown = 3
const mostKept = 100

/** The room there is. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** Whether a live view can be shown: on a terminal that can move its cursor. */
export const canDraw = (): boolean => stdout.isTerminal && process.env['TERM'] !== 'dumb'

/** A live view: it draws its lines over what was there, twice a second and when the terminal has another size. Notes stand below them. */
export class Screen {
  readonly #content: (size: Size) => readonly string[]
  readonly #timer = setInterval(() => this.#draw(), redrawMilliseconds)
  readonly #endResizes = stdout.onResize(() => this.#draw())
  readonly #endNotes: (remaining: readonly string[]) => void
  readonly #notes: string[] = []

  /** `content`: lines that fit. */
  constructor(content: (size: Size) => readonly string[]) {
    this.#content = content
    this.#endNotes = takeNotes((text) => {
      this.#notes.push(...text.split('\n'))
      this.#notes.splice(0, this.#notes.length - mostKept)
      this.#draw()
    })
  }

  /** What was drawn last stays, and notes below it. */
  close(): void {
    clearInterval(this.#timer)
    this.#endResizes()
    this.#draw(0)
    this.#endNotes(this.#notes)
  }

  #draw(mostNotes = mostShown): void {
    // A reader who is slow is left alone.
    if (stdout.isFull) return
    const { columns, rows } = stdout
    const notes = mostNotes === 0 ? [] : this.#notes.slice(-mostNotes).map((text) => cut(text, columns))
    const size = { columns, rows: Math.max(1, rows - 1 - notes.length) }
    const lines = [...this.#content(size).slice(0, size.rows), ...notes]
    // Each line is cleared before it is written: the last column may not be written past.
    stdout.write(`\x1b[H${lines.map((line) => `\x1b[K${line}\n`).join('')}\x1b[J`)
  }
}
