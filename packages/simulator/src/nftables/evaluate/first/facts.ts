import { be32 } from '@nfkit/inet/bytes'
import type { Journey } from '../../../hooks/journey.ts'
import type { Step, Words } from '../../state/chain.ts'
import { room } from '../../state/registers.ts'

/** Words of a register, each of four bytes. */
export const wordsOfRegister = 4

/** A step that loads so many words to a place in registers. */
interface Load {
  readonly step: Step
  readonly at: number
  readonly words: number
}

/** What the first conditions of a chain's rules look at. */
export class Loads {
  readonly #keys: string[] = []
  readonly #all: Load[] = []

  /** The number of what is loaded; `key` is the same for what is the same. */
  add(key: string, load: Load): number {
    const known = this.#keys.indexOf(key)
    if (known >= 0) return known
    this.#keys.push(key)
    return this.#all.push(load) - 1
  }

  get facts(): Facts {
    return new Facts(this.#all)
  }
}

/** What was loaded, once for a packet, until a rule may have changed it. Each thing has a place: four times its number. */
export class Facts {
  /** Its words, from its place on; most significant byte first, as bytes are compared. */
  readonly words: Int32Array
  /** At its place the moment when it was loaded; the same below 0 where the packet does not have it. */
  readonly loaded: Int32Array
  /** The moment: what was loaded before it is not known any more. */
  now = 1
  readonly #loads: readonly Words[]

  constructor(loads: readonly Load[]) {
    this.#loads = loads.map((load) => load.step.words ?? copying(load))
    this.loaded = new Int32Array(wordsOfRegister * loads.length)
    this.words = new Int32Array(wordsOfRegister * loads.length)
  }

  /** Nothing is known: of another packet, or since something may have changed. */
  forget(): void {
    this.now = (this.now + 1) & 0x7fff_ffff || 1
  }

  /** Loads what is to be at a place; whether the packet has it. */
  load(place: number, journey: Journey): boolean {
    if (this.loaded[place] === -this.now) return false
    const has = this.#loads[place >> 2]!(journey, this.words, place)
    this.loaded[place] = has ? this.now : -this.now
    return has
  }
}

/** Loads it to registers, and copies it from there. */
function copying({ step, at, words }: Load): Words {
  const registers = new Uint8Array(room)
  return (journey, into, place) => {
    if (step({ journey, registers }) !== undefined) return false
    for (let word = 0; word < words; word++) into[place + word] = be32(registers, at + 4 * word)
    return true
  }
}
