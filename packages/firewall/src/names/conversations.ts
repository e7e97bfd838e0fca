import type { Packet } from '@nfkit/nfqueue'
import { type Judgement, type TcpConnection, Tracker } from '@nfkit/streams'
import { type DnsMessage, dnsMessages, ReadError } from '@nfkit/streams/dns'
import { keyOfEnds } from '../said/ends.ts'
import { follow } from '../said/following.ts'
import { comesFromServer, type Way, wayOf } from './way.ts'

/** Who is told what is said in a conversation. */
export interface Interpreter {
  /** Something was asked. */
  asked(way: Way, message: DnsMessage): void
  /** Something was answered. Resolves to whether the answer may go on. */
  answered(way: Way, message: DnsMessage): Promise<boolean> | boolean
  /** Something was said that is no DNS. */
  babbled(way: Way, error: ReadError): void
  readonly trouble: (error: Error) => void
}

/** Of one conversation at most a message of 64 KiB from each end is kept, and twice that while it grows. */
const mostConversations = 256
const idleMilliseconds = 120_000

/**
 * DNS over TCP. A packet that completes an answer waits until the answer may go on, and so do those behind it. One that came too early is with its
 * receiver already, who cannot read it before the packet that waits. A conversation whose beginning was
 * not seen, or that is none, cannot be read: it is broken off, and the client begins another one.
 */
export class Conversations {
  readonly #interpreter: Interpreter
  readonly #tracker: Tracker
  /** Whether the answers that came last may go on, by conversation: while it is not known. */
  readonly #pending = new Map<string, Promise<boolean>>()
  /** Of the packet that is being read. */
  #way: Way | undefined

  constructor(interpreter: Interpreter) {
    this.#interpreter = interpreter
    this.#tracker = new Tracker({
      judge: (connection) => this.#follow(connection),
      connections: mostConversations,
      idleMilliseconds,
    })
  }

  /** Take a packet. */
  push(packet: Packet): void {
    const { tuple } = packet.hold()
    this.#way = tuple && wayOf(packet, comesFromServer(tuple))
    let isJudged = false
    follow(this.#tracker, packet, {
      accept: (changes) => {
        isJudged = true
        this.#pass(packet, changes)
      },
      drop: () => packet.drop(),
      left: () => {
        if (!isJudged && !packet.judged) packet.drop()
      },
      trouble: this.#interpreter.trouble,
    })
  }

  /** Packets passed that were never pushed. */
  missed(): void {
    this.#tracker.missed()
  }

  /** Nothing is followed any more. */
  close(): void {
    this.#tracker.close()
  }

  #pass(packet: Packet, changes: { readonly payload: Uint8Array } | undefined): void {
    const waits = packet.tuple && this.#pending.get(keyOfEnds(packet.tuple))
    if (waits === undefined) packet.accept(changes)
    else waits.then((goesOn) => (goesOn ? packet.accept(changes) : packet.drop())).catch(this.#interpreter.trouble)
  }

  #follow(connection: TcpConnection): 'drop' | Promise<Judgement> {
    const begun = this.#way
    if (connection.midstream || begun === undefined) return 'drop'
    const key = keyOfEnds(connection.tuple)
    return new Promise((resolve) => {
      const refuse = () => {
        this.#pend(key, Promise.resolve(false))
        resolve('drop')
      }
      /** A side is read; what comes along another way, or is no DNS, ends the conversation. */
      const read = (hear: (message: DnsMessage) => void) => {
        const reader = dnsMessages()
        return (chunk: Uint8Array) => {
          try {
            if (this.#way?.exchange !== begun.exchange) refuse()
            else {
              for (const message of reader.push(chunk)) hear(message)
              if (reader.done) reader.push(chunk.subarray(0, 0))
            }
          } catch (error) {
            if (error instanceof ReadError) this.#interpreter.babbled(begun, error)
            else this.#interpreter.trouble(error as Error)
            refuse()
          }
        }
      }
      connection.client.listen(read((message) => this.#interpreter.asked(begun, message)))
      connection.server.listen(
        read((message) => {
          const goesOn = this.#interpreter.answered(begun, message)
          if (goesOn === true) return
          this.#pend(key, Promise.resolve(goesOn))
          Promise.resolve(goesOn).then((yes) => yes || refuse())
        }),
      )
    })
  }

  /** Packets wait for this, too. */
  #pend(key: string, goesOn: Promise<boolean>): void {
    const before = this.#pending.get(key)
    const both = before === undefined ? goesOn : Promise.all([before, goesOn]).then((all) => all.every(Boolean))
    this.#pending.set(key, both)
    both.finally(() => this.#pending.get(key) === both && this.#pending.delete(key))
  }
}
