import type { FleetList, Notice, SnapshotPart } from './notice.ts'
import type { FleetRefusal } from './sealing.ts'

/** Where an address is listed, and until when: `null` for ever. */
export interface Listed {
  readonly list: Exclude<FleetList, 'none'>
  readonly until: number | null
}

/** What a notice has changed. */
export interface Taken {
  readonly places: Iterable<string>
  readonly policies: Iterable<string>
  /** How many notices of its author are missing before it. */
  readonly missing: number
}

/** What one reader of a log has known, for the next one. */
export interface ReplicaLeft {
  readonly serials: { readonly [author: string]: number }
  readonly listed: Iterable<readonly [string, Listed]>
  readonly policies: { readonly [name: string]: unknown }
}

/** So many are listed before those whose time is over are looked for. */
const few = 1_024

/** Forgets those whose time is over. Returns how many there may be before that is worth another look: twice as many. */
export function forgetOver(listed: Map<string, Listed>, now: number): number {
  for (const [place, { until }] of listed) if (until !== null && until <= now) listed.delete(place)
  return Math.max(few, 2 * listed.size)
}

/** All that is so at one place of the log. */
class State {
  readonly listed: Map<string, Listed>
  readonly policies: Map<string, unknown>
  #many = few

  constructor({ listed = [], policies = {} }: Partial<ReplicaLeft> = {}) {
    this.listed = new Map(listed)
    this.policies = new Map(Object.entries(policies))
  }

  take({ listings, policies }: Notice, now: number): void {
    for (const { list, until, places } of listings)
      for (const place of places) {
        if (list === 'none') this.listed.delete(place)
        else this.listed.set(place, { list, until })
      }
    for (const [name, value] of Object.entries(policies)) {
      if (value === null) this.policies.delete(name)
      else this.policies.set(name, value)
    }
    if (this.listed.size > this.#many) this.#many = forgetOver(this.listed, now)
  }
}

/** A snapshot of which not all parts have come. */
interface Unfinished {
  readonly author: string
  readonly state: State
  readonly snapshot: SnapshotPart
  readonly next: number
}

/** How many policies there may be. */
const mostPolicies = 1_024

/** What the fleet's authors have said, as one reader of the log knows it. */
export class Replica {
  /** The last serial number of each author. */
  readonly serials: Map<string, number>
  #state: State
  #unfinished: Unfinished | undefined
  readonly #most: number

  /** `most` is how many addresses are kept; `left` is what another one has known. */
  constructor(most: number, left?: ReplicaLeft) {
    this.#most = most
    this.#state = new State(left)
    this.serials = new Map(Object.entries(left?.serials ?? {}))
  }

  /** Whether no snapshot has begun whose other parts are still to come. */
  get isWhole(): boolean {
    return this.#unfinished === undefined
  }

  get listed(): ReadonlyMap<string, Listed> {
    return this.#state.listed
  }

  get policies(): ReadonlyMap<string, unknown> {
    return this.#state.policies
  }

  /** What an author says that is known to be its own. */
  take(author: string, notice: Notice, now: number): Taken | FleetRefusal {
    const last = this.serials.get(author) ?? 0
    if (notice.serial <= last) return 'replay'
    this.serials.set(author, notice.serial)
    if (notice.snapshot) return this.#part(author, notice, notice.snapshot, now)
    this.#unfinished = undefined
    const missing = notice.serial - last - 1
    if (!this.#hasRoomFor(notice, now)) return 'full'
    this.#state.take(notice, now)
    const places = notice.listings.flatMap((listing) => listing.places)
    return { places, policies: Object.keys(notice.policies), missing }
  }

  /** Parts of a snapshot follow each other, and nothing comes between them. */
  #part(author: string, notice: Notice, snapshot: SnapshotPart, now: number): Taken | FleetRefusal {
    const unfinished: Unfinished | undefined =
      snapshot.part === 0 ? { author, snapshot, state: new State(), next: 0 } : this.#unfinished
    this.#unfinished = undefined
    const isNext =
      unfinished?.author === author && unfinished.next === snapshot.part && unfinished.snapshot.parts === snapshot.parts
    if (!unfinished || !isNext) return 'broken'
    const { state, next } = unfinished
    state.take(notice, now)
    if (state.listed.size > this.#most || state.policies.size > mostPolicies) return 'full'
    if (next + 1 < snapshot.parts) {
      this.#unfinished = { ...unfinished, next: next + 1 }
      return { places: [], policies: [], missing: 0 }
    }
    return this.#replace(state, unfinished.snapshot.serials)
  }

  #replace(state: State, serials: SnapshotPart['serials']): Taken {
    const before = this.#state
    this.#state = state
    for (const [author, serial] of Object.entries(serials))
      this.serials.set(author, Math.max(serial, this.serials.get(author) ?? 0))
    const isOther = (place: string) => {
      const [was, is] = [before.listed.get(place), state.listed.get(place)]
      return was?.list !== is?.list || was?.until !== is?.until
    }
    const places = new Set([...before.listed.keys(), ...state.listed.keys()].filter(isOther))
    const names = new Set([...before.policies.keys(), ...state.policies.keys()])
    const isChanged = (name: string) =>
      JSON.stringify(before.policies.get(name)) !== JSON.stringify(state.policies.get(name))
    return { places, policies: [...names].filter(isChanged), missing: 0 }
  }

  #hasRoomFor({ listings, policies }: Notice, now: number): boolean {
    const { listed, policies: known } = this.#state
    const more = listings.reduce((sum, { list, places }) => sum + (list === 'none' ? 0 : places.length), 0)
    if (listed.size + more > this.#most) forgetOver(listed, now)
    return listed.size + more <= this.#most && known.size + Object.keys(policies).length <= mostPolicies
  }
}
