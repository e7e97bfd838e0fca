/** Answers of a worker that are waited for, each until its deadline. */
export class Answers {
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  /** The number of the last question. */
  get last(): number {
    return this.#last
  }

  /** Whether the answer came in time. Rejects with what `refuse` was given. */
  ask(milliseconds: number, question: (ticket: number) => void): Promise<boolean> {
    const ticket = ++this.#last
    return new Promise((resolve, reject) => {
      question(ticket)
      const settle = (act: () => void): void => {
        clearTimeout(timer)
        this.#waiting.delete(ticket)
        act()
      }
      const timer = setTimeout(() => settle(() => resolve(false)), milliseconds)
      this.#waiting.set(ticket, {
        answer: () => settle(() => resolve(true)),
        refuse: (error) => settle(() => reject(error)),
      })
    })
  }

  answer(ticket: number): void {
    this.#waiting.get(ticket)?.answer()
  }
  refuse(ticket: number, error: Error): void {
    this.#waiting.get(ticket)?.refuse(error)
  }

  /** Every question up to `ticket` has its answer. */
  answerThrough(ticket: number): void {
    for (const [asked, { answer }] of this.#waiting) if (asked <= ticket) answer()
  }
  refuseAll(error: Error): void {
    for (const { refuse } of this.#waiting.values()) refuse(error)
  }
}

interface Waiting {
  readonly answer: () => void
  readonly refuse: (error: Error) => void
}
