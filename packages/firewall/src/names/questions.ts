import type { DnsMessage, DnsQuestion } from '@nfkit/streams/dns'

/** How many questions may be open; the oldest makes room. */
const mostQuestions = 8_192

/** How long, in milliseconds, an answer may take. */
const patience = 10_000

/** How often one question may be asked again before its first answer. */
const mostRepeats = 8

/** How many answers that fit no question a pair of ends may have sent before no more is believed: someone guesses. */
const mostWrong = 32

/** A question that waits for its answer. */
interface Open {
  readonly exchange: string
  readonly until: number
  /** Answers that are still to come: one for each time it was asked. */
  answers: number
}

/** A pair of ends between which questions are open. */
interface Exchange {
  open: number
  wrong: number
}

/** A question that waits, as one firewall leaves it to the next: plain data. */
export interface QuestionLeft {
  /** Opaque: what fits it. */
  readonly key: string
  /** Between whom, and along which way. */
  readonly exchange: string
  /** Answers that are still to come. */
  readonly answers: number
  /** Wrong answers that these ends have sent. */
  readonly wrong: number
  /** For how long it waits, in milliseconds. */
  readonly milliseconds: number
}

/**
 * Questions that were seen. An answer counts only if it fits one: the same ends, id, name with upper and lower case as they were sent, and type; and only
 * once for each time that it was asked.
 */
export class Questions {
  readonly #open = new Map<string, Open>()
  readonly #exchanges = new Map<string, Exchange>()

  /** How many are open. */
  get size(): number {
    return this.#open.size
  }

  /** A question was asked; `exchange` is the same for its answers, and `now` on a clock of milliseconds. */
  ask(exchange: string, message: DnsMessage, now: number): void {
    this.#expire(now)
    const key = keyOf(exchange, message)
    const before = this.#open.get(key)
    this.#close(key)
    const answers = Math.min((before?.answers ?? 0) + 1, mostRepeats)
    this.#begin(key, { exchange, until: now + patience, answers })
  }

  /** For the next firewall. */
  left(now: number): readonly QuestionLeft[] {
    this.#expire(now)
    return [...this.#open].map(([key, { exchange, answers, until }]) => {
      const { wrong } = this.#exchanges.get(exchange)!
      return { key, exchange, answers, wrong, milliseconds: until - now }
    })
  }

  /** What another firewall has left. */
  takeOver(left: readonly QuestionLeft[], now: number): void {
    for (const { key, exchange, answers, wrong, milliseconds } of left)
      this.#begin(key, { exchange, until: now + milliseconds, answers }, wrong)
  }

  /** Whether an answer fits an open question, which has it then. */
  answer(exchange: string, message: DnsMessage, now: number): boolean {
    this.#expire(now)
    const ends = this.#exchanges.get(exchange)
    if (ends === undefined) return false
    const key = keyOf(exchange, message)
    const open = this.#open.get(key)
    if (open === undefined) {
      ends.wrong++
      if (ends.wrong > mostWrong) this.#distrust(exchange)
      return false
    }
    open.answers--
    if (open.answers === 0) this.#close(key)
    return true
  }

  /** Whether an answer may come between these ends. */
  awaits(exchange: string): boolean {
    return this.#exchanges.has(exchange)
  }

  #begin(key: string, open: Open, wrong = 0): void {
    this.#open.set(key, open)
    const ends = this.#exchanges.get(open.exchange) ?? { open: 0, wrong }
    ends.open++
    this.#exchanges.set(open.exchange, ends)
    if (this.#open.size > mostQuestions) this.#close(this.#open.keys().next().value!)
  }

  #distrust(exchange: string): void {
    for (const [key, open] of this.#open) if (open.exchange === exchange) this.#close(key)
  }

  #expire(now: number): void {
    for (const [key, { until }] of this.#open) {
      if (until > now) return
      this.#close(key)
    }
  }

  #close(key: string): void {
    const open = this.#open.get(key)
    if (open === undefined) return
    this.#open.delete(key)
    const ends = this.#exchanges.get(open.exchange)!
    ends.open--
    if (ends.open === 0) this.#exchanges.delete(open.exchange)
  }
}

/** The one question of a message of the Internet that asks for records, or has them; `undefined` of any other. */
export function questionOf({ opcode, questions }: DnsMessage): DnsQuestion | undefined {
  const [question, ...more] = questions
  return opcode === 0 && question?.class === 1 && more.length === 0 ? question : undefined
}

function keyOf(exchange: string, message: DnsMessage): string {
  const { sentName, type } = questionOf(message)!
  return `${exchange} ${message.id} ${type} ${sentName}`
}
