import type { Packet } from '@nfkit/nfqueue'
import { type DnsMessage, decodeDns, ReadError } from '@nfkit/streams/dns'
import type { TimedAddress } from '../lists/timed-addresses.ts'
import { Aliases, type AliasLeft } from './aliases.ts'
import { foundIn } from './answer.ts'
import { Conversations, type Interpreter } from './conversations.ts'
import { NameCounts } from './counts.ts'
import type { NamesSettings } from './options.ts'
import { isPrivate, LocalNames } from './private.ts'
import { type QuestionLeft, Questions, questionOf } from './questions.ts'
import type { Register, RegisterLeft } from './register.ts'
import type { NameResolved, NameUnresolved, UnresolvedReason } from './resolved.ts'
import { comesFromServer, type Way, wayOf } from './way.ts'

/** What names need. */
export interface NamesTerms {
  readonly register: Register
  readonly settings: NamesSettings
  readonly resolved: (resolved: NameResolved) => void
  readonly unresolved: (unresolved: NameUnresolved) => void
  readonly trouble: (error: Error) => void
}

/** What is known of names, as one firewall leaves it to the next: plain data. */
export interface NamesLeft {
  /** Names that are listed, and their addresses. */
  readonly lists: RegisterLeft
  /** Questions whose answers are on their way. */
  readonly questions: readonly QuestionLeft[]
  readonly aliases: readonly AliasLeft[]
}

/** Listed names: what DNS says of them is read on its way, and an answer waits until its addresses are in the kernel's sets. */
export class Names implements Interpreter {
  readonly counts = new NameCounts()
  readonly trouble: (error: Error) => void
  readonly #terms: NamesTerms
  readonly #register: Register
  readonly #questions = new Questions()
  readonly #aliases = new Aliases()
  readonly #local: LocalNames
  readonly #conversations = new Conversations(this)
  /** Answers that wait until their addresses are listed. */
  readonly #waiting = new Set<{ readonly way: Way; readonly message: DnsMessage }>()

  constructor(terms: NamesTerms) {
    this.#terms = terms
    this.trouble = terms.trouble
    this.#register = terms.register
    this.#local = new LocalNames(terms.settings.localNames)
  }

  /** Packets passed that were not read. */
  missed(): void {
    this.#conversations.missed()
  }

  /** Nothing is read any more. */
  close(): void {
    this.#conversations.close()
  }

  /** For the next firewall, to which answers that wait come again. Conversations over TCP do not go along: they are broken off, and begun anew by who asks. */
  async left(): Promise<NamesLeft> {
    const now = performance.now()
    for (const { way, message } of this.#waiting) this.#questions.ask(way.exchange, message, now)
    const [questions, aliases] = [this.#questions.left(now), this.#aliases.left(now)]
    return { lists: await this.#register.left(), questions, aliases }
  }

  /** What another firewall has left. */
  takeOver({ lists, questions, aliases }: NamesLeft): void {
    const now = performance.now()
    this.#register.takeOver(lists, now)
    this.#questions.takeOver(questions, now)
    this.#aliases.takeOver(aliases, now)
  }

  /** For the queue's `run`. */
  readonly take = (packet: Packet): undefined => {
    const { ip, tuple } = packet
    if (ip?.tcp) this.#conversations.push(packet)
    else if (ip?.udp && tuple) this.#datagram(packet, ip.udp.payload, comesFromServer(tuple))
    else packet.accept()
  }

  asked(way: Way, message: DnsMessage): void {
    const question = questionOf(message)
    const now = performance.now()
    if (question === undefined || message.isResponse) return
    if (!this.#register.has(this.#namesOf(question.name, now), now)) return
    this.counts.questions++
    this.#questions.ask(way.exchange, message, now)
  }

  answered(way: Way, message: DnsMessage): Promise<boolean> | boolean {
    const question = questionOf(message)
    const now = performance.now()
    if (question === undefined || !message.isResponse) return true
    if (!this.#questions.answer(way.exchange, message, now)) {
      this.counts.others++
      return true
    }
    const listed = this.#namesOf(question.name, now)
    if (!this.#register.has(listed, now)) return true
    const { addresses, names } = foundIn(message, question.name)
    for (const { name, seconds } of names) this.#aliases.add(name, listed, this.#until(seconds, now))
    const { client, server } = way
    const about = { name: question.name, client, server }
    const admissible = this.#admissible(addresses, listed, now)
    if (admissible === undefined) return this.#left(about, 'private')
    const goesOn = this.#list(listed, admissible, about, now)
    return typeof goesOn === 'boolean' ? goesOn : this.#whileWaiting({ way, message }, goesOn)
  }

  babbled({ client, server }: Way, error: ReadError): void {
    this.#left({ name: undefined, client, server }, 'malformed', error)
  }

  #datagram(packet: Packet, payload: Uint8Array, isFromServer: boolean): void {
    let message: DnsMessage | undefined
    let mistake: ReadError | undefined
    try {
      message = decodeDns(payload)
    } catch (error) {
      if (!(error instanceof ReadError)) throw error
      mistake = error
    }
    const isAnswer = message?.isResponse ?? isFromServer
    const way = wayOf(packet, isAnswer)!
    let goesOn: Promise<boolean> | boolean = true
    if (message === undefined) goesOn = !isAnswer || this.#unreadable(way, mistake!)
    else if (isAnswer) goesOn = hasWrongChecksum(packet) || this.answered(way, message)
    else this.asked(way, message)
    if (goesOn === true) packet.accept()
    else if (goesOn === false) packet.drop()
    else {
      packet.hold()
      goesOn.then((yes) => (yes ? packet.accept() : packet.drop())).catch(this.trouble)
    }
  }

  #whileWaiting(
    answer: { readonly way: Way; readonly message: DnsMessage },
    goesOn: Promise<boolean>,
  ): Promise<boolean> {
    this.#waiting.add(answer)
    return goesOn.finally(() => this.#waiting.delete(answer))
  }

  /** What cannot be read may be an answer to the client all the same, where it waits for one. */
  #unreadable(way: Way, error: ReadError): boolean {
    if (!this.#questions.awaits(way.exchange)) return true
    this.babbled(way, error)
    return this.#terms.settings.onFailure === 'accept'
  }

  /** A name, and those that led to it. */
  #namesOf(name: string, now: number): readonly string[] {
    return [name, ...this.#aliases.of(name, now)]
  }

  /** Addresses that may be listed, and until when; `undefined` where the answer is to be dropped. */
  #admissible(
    addresses: readonly { readonly address: string; readonly seconds: number }[],
    names: readonly string[],
    now: number,
  ): readonly TimedAddress[] | undefined {
    const { privateAddresses } = this.#terms.settings
    const mayBePrivate = privateAddresses === 'list' || names.some((name) => this.#local.has(name))
    const out: TimedAddress[] = []
    for (const { address, seconds } of addresses) {
      if (!mayBePrivate && isPrivate(address)) {
        if (privateAddresses === 'drop') return undefined
      } else out.push({ address, until: this.#until(seconds, now) })
    }
    return out
  }

  #until(seconds: number, now: number): number {
    const { leastSeconds, mostSeconds, graceSeconds } = this.#terms.settings
    return now + 1_000 * (Math.min(Math.max(seconds, leastSeconds), mostSeconds) + graceSeconds)
  }

  #list(
    names: readonly string[],
    addresses: readonly TimedAddress[],
    about: Omit<NameResolved, 'addresses' | 'milliseconds'>,
    now: number,
  ): Promise<boolean> | boolean {
    if (addresses.length === 0) return true
    const resolved = () => {
      this.counts.resolved++
      const milliseconds = performance.now() - now
      this.#terms.resolved({ ...about, addresses: addresses.map(({ address }) => address), milliseconds })
      return true
    }
    const listed = this.#register.list(names, addresses, about.server, now)
    if (typeof listed === 'boolean') return listed ? resolved() : this.#left(about, 'addresses')
    return listed.then(resolved, (error: unknown) => this.#left(about, 'kernel', error))
  }

  /** Returns whether an answer goes on whose addresses are not listed. */
  #left(about: Omit<NameUnresolved, 'reason' | 'error'>, reason: UnresolvedReason, error?: unknown): boolean {
    this.counts.unresolved++
    this.#terms.unresolved({ ...about, reason, ...(error === undefined ? {} : { error }) })
    return reason !== 'private' && this.#terms.settings.onFailure === 'accept'
  }
}

/** Whether no program will read it. */
function hasWrongChecksum({ ip, checksumNotReady, checksumNotVerified }: Packet): boolean {
  if (checksumNotReady === true || checksumNotVerified === false) return false
  return ip?.udp?.checksumState === 'invalid'
}
