import { hook, verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import type { Clock } from '../clock.ts'
import type { HookFunction, Journey } from '../hooks/journey.ts'
import { hookPriority } from '../hooks/priority.ts'
import { assumedTransport, layoutOf } from '../layout.ts'
import { Datagram, keyOf, lacksHeader, type Piece, pieceOf } from './datagram.ts'

/** How long pieces wait for the others: net.ipv4.ipfrag_time, and nf_conntrack_frag6_timeout. */
const patienceSeconds = { 4: 30, 6: 60 } as const

interface Held {
  readonly datagram: Datagram
  readonly journeys: Journey[]
  readonly cancel: () => void
}

/** Puts fragments together before they are tracked (nf_defrag_ipv4.c, nf_defrag_ipv6_hooks.c). */
export class Reassembly {
  readonly #clock: Clock
  readonly #held = new Map<string, Held>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Its functions at a hook point. */
  hooks(number: number): readonly HookFunction[] {
    if (number !== hook.prerouting && number !== hook.output) return []
    return [
      {
        name: 'defragment',
        priority: hookPriority.defragmentation,
        reason: 'fragment',
        run: (journey) => this.#take(journey, number),
      },
    ]
  }

  #take(journey: Journey, number: number): number {
    const { connection, untracked, bytes } = journey.packet
    const piece = connection || untracked ? undefined : pieceOf(bytes)
    return piece && !lacksHeader(piece) ? this.#add(journey, piece, `${number} ${keyOf(piece)}`) : verdicts.accept
  }

  #add(journey: Journey, piece: Piece, key: string): number {
    const held = this.#held.get(key) ?? this.#hold(key, piece)
    switch (held.datagram.add(piece)) {
      case 'incomplete':
        held.journeys.push(journey)
        return verdicts.stolen
      case 'left out':
        return verdicts.drop
      case 'spoiled':
        this.#discard(key, held)
        return verdicts.drop
      case 'alone':
        this.#discard(key, held)
        return verdicts.accept
      case 'whole':
        this.#release(key, held)
        goOn(journey, held)
        return verdicts.accept
    }
  }

  #hold(key: string, { ip }: Piece): Held {
    const cancel = this.#clock.after(1000 * patienceSeconds[ip.version], () => this.#discard(key, held))
    const held: Held = { datagram: new Datagram(), journeys: [], cancel }
    this.#held.set(key, held)
    return held
  }

  #release(key: string, { cancel }: Held): void {
    this.#held.delete(key)
    cancel()
  }

  #discard(key: string, held: Held): void {
    this.#release(key, held)
    for (const journey of held.journeys) journey.finish('drop', 'fragment')
  }
}

/** The piece that came last goes on as the whole, and what becomes of that becomes of all. */
function goOn(journey: Journey, { datagram, journeys }: Held): void {
  const { packet } = journey
  packet.bytes = datagram.packet
  packet.layout = layoutOf(packet.bytes)
  packet.least = assumedTransport(packet.bytes, packet.layout)
  const { settle } = journey
  journey.settle = (outcome) => {
    settle(outcome)
    for (const other of journeys) other.settle(outcome)
  }
}
