import { limits } from '../../protocol/limits.ts'
import type { Note } from '../../protocol/scene.ts'

/** What is said beside the packets, up to so much of it. */
export class Notes {
  #notes: Note[] = []

  kernel(text: string): void {
    this.#add({ from: 'kernel', text })
  }

  code(...values: readonly unknown[]): void {
    this.#add({ from: 'code', text: values.map(shown).join(' ') })
  }

  /** Those since the last time. */
  take(): readonly Note[] {
    const notes = this.#notes
    this.#notes = []
    return notes
  }

  #add({ from, text }: Note): void {
    if (this.#notes.length < limits.notes) this.#notes.push({ from, text: text.slice(0, limits.line) })
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || value instanceof Error) return String(value)
  try {
    return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? `${one}` : one)) ?? String(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}
