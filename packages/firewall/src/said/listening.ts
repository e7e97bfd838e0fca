import type { Tuple } from '@nfkit/inet'
import type { Packet } from '@nfkit/nfqueue'
import { Tracker } from '@nfkit/streams'
import { keyOfEnds } from './ends.ts'
import { follow } from './following.ts'
import { mostSaid, type Said } from './said.ts'

/** What becomes of packets that are listened to. */
export interface Hearing {
  readonly said: Said
  /** It goes on, changed where a payload is given. */
  pass(packet: Packet, payload?: Uint8Array): void
  /** It does not go on. */
  drop(packet: Packet): void
  /** Nobody has said what becomes of it. */
  leave(packet: Packet): void
}

/** How much listening may keep. */
export interface ListeningLimits {
  /** Packets of one connection that wait. */
  readonly waitingPackets: number
  /** How long they wait for a verdict of their queue. */
  readonly deadlineMilliseconds: number
}

/** Of a deadline, what a hold may take: its packets came a little before. */
const share = 0.9
const longestHold = 0x7fff_ffff

/**
 * Listens to streams while their judge makes up its mind: packets that say nothing go on, so that the connection is opened, and those that do wait
 * until it is judged.
 */
export class Listening {
  readonly #hearings = new Map<string, Hearing>()
  readonly #tracker: Tracker
  readonly #trouble: (error: Error) => void

  constructor({ waitingPackets, deadlineMilliseconds }: ListeningLimits, trouble: (error: Error) => void) {
    this.#trouble = trouble
    const holdMilliseconds = Math.min(Math.max(Math.floor(share * deadlineMilliseconds), 1), longestHold)
    this.#tracker = new Tracker({
      judge: (connection) => {
        const said = this.#hearings.get(keyOfEnds(connection.tuple))?.said
        if (said === undefined) return 'accept'
        const held = connection.holdUntil(({ chunk, ended }) => {
          said.hear(chunk)
          if (ended) said.end()
          return said.judgement()
        })
        // A hold's time begins with its first packet: who opens a connection and says nothing is waited for as long.
        const silence = setTimeout(() => said.end(), holdMilliseconds)
        held.then(() => {
          clearTimeout(silence)
          said.end()
        })
        return held
      },
      holdPackets: waitingPackets,
      heldPackets: 65_536,
      holdBytes: mostSaid,
      holdMilliseconds,
    })
  }

  /** Take a packet of a connection. */
  push(packet: Packet, hearing: Hearing): void {
    packet.hold()
    const { tuple } = packet
    if (tuple !== undefined) this.#hearings.set(keyOfEnds(tuple), hearing)
    follow(this.#tracker, packet, {
      accept: (changes) => hearing.pass(packet, changes?.payload),
      drop: () => hearing.drop(packet),
      left: () => {
        if (!packet.judged) hearing.leave(packet)
      },
      trouble: this.#trouble,
    })
  }

  /** A connection with these ends is listened to no more. */
  end(tuple: Tuple): void {
    this.#hearings.delete(keyOfEnds(tuple))
  }

  /** Nothing is listened to any more; packets that wait are left. */
  close(): void {
    this.#tracker.close()
  }
}
