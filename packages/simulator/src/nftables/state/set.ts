import { align } from '@nfkit/netlink-codec'
import { type NftElement, type NftSet, nftFlags, verdictDataType } from '@nfkit/netlink-codec/nftables'
import { Boundaries, compare } from './boundaries.ts'
import type { References, Step } from './chain.ts'
import type { Interval } from './interval.ts'
import type { NftTableState } from './table.ts'

const { set: flags } = nftFlags
const millisecondsPerSecond = 1000

/** One element. */
export interface NftElementState extends Interval, References {
  /** As it was given, with its counts. */
  value: NftElement
  /** Its expressions, which a packet that finds it meets. */
  readonly steps: readonly Step[]
  /** Whether a packet added it. */
  readonly isOfPacket: boolean
  /** Milliseconds it lives; 0 for ever. */
  timeout: number
  /** When it dies, on the clock of `uptime`; `Infinity` for never. */
  expires: number
}

/** One set or map (struct nft_set). Elements are kept by the bytes of their keys. */
export class NftSetState {
  readonly table: NftTableState
  readonly name: string
  readonly handle: bigint
  readonly flags: number
  readonly value: NftSet
  timeout: number
  size: number | undefined
  /** Rules that use it. */
  references = 0
  readonly elements = new Map<string, NftElementState>()
  /** Elements that are dead, and take room until they are collected: other ones may have their keys by now. */
  dead: readonly NftElementState[] = []
  /** Until when what is dead takes no room any more. */
  #collected = Number.NEGATIVE_INFINITY
  readonly #made: number
  readonly #boundaries = new Boundaries<NftElementState>()

  /** `now` is on the clock of `uptime`. */
  constructor(table: NftTableState, name: string, value: NftSet, now: number) {
    this.table = table
    this.name = name
    this.handle = table.nextHandle()
    this.value = value
    this.flags = value.flags ?? 0
    this.timeout = Number(value.timeout ?? 0n)
    this.size = value.desc?.size
    this.#made = now
  }

  get keyLength(): number {
    return this.value.keyLen ?? 0
  }
  get isInterval(): boolean {
    return (this.flags & flags.interval) !== 0
  }
  get isConcatenated(): boolean {
    return (this.flags & flags.concat) !== 0
  }
  get isAnonymous(): boolean {
    return (this.flags & flags.anonymous) !== 0
  }

  /** Bytes of a value; a verdict has 16, whatever is said. */
  get dataLength(): number {
    return this.value.dataType === verdictDataType ? 16 : (this.value.dataLen ?? 0)
  }

  /** The element as it is kept, also one that is dead. */
  at(interval: Interval): NftElementState | undefined {
    return this.elements.get(placeOf(interval))
  }

  put(element: NftElementState): void {
    this.elements.set(placeOf(element), element)
    if (this.#isOfBoundaries && !element.isCatchall) this.#boundaries.put(element)
  }

  remove(element: NftElementState): void {
    this.elements.delete(placeOf(element))
    if (this.#isOfBoundaries && !element.isCatchall) this.#boundaries.remove(element)
  }

  /** Take an element away that a packet removes: it takes room until it is collected. */
  kill(element: NftElementState): void {
    this.remove(element)
    this.dead = [...this.dead, element]
  }

  /** Whether there is no room for another. */
  isFull(now: number): boolean {
    const { size } = this
    if (size === undefined || this.elements.size + this.dead.length < size) return false
    this.#collect(now)
    const kept = [...this.elements.values()].filter((one) => !one.isIntervalEnd && one.expires > this.#collected)
    return kept.length + this.dead.length >= size
  }

  /** What is dead by the last whole second, or interval, since the set was made takes no room any more (nft_rhash_gc). */
  #collect(now: number): void {
    const interval = this.value.gcInterval || millisecondsPerSecond
    const whole = Math.floor((now - this.#made) / interval)
    if (whole === 0) return
    this.#collected = this.#made + whole * interval
    this.dead = this.dead.filter((one) => one.expires > this.#collected)
  }

  /** Whether a living interval shares a key with this one. */
  overlaps(interval: Interval, now: number): boolean {
    if (interval.isCatchall || !this.isInterval) return false
    if (this.#isOfBoundaries) return this.#boundaries.overlap(interval, now)
    for (const other of this.living(now)) if (!other.isCatchall && this.#meet(other, interval)) return true
    return false
  }

  /** The living element that a key finds. */
  find(key: Uint8Array, now: number): NftElementState | undefined {
    const found = this.isConcatenated
      ? this.#inFields(key, now)
      : this.isInterval
        ? this.#boundaries.find(key, now)
        : this.#exact(key, now)
    return found ?? this.#catchall(now)
  }

  /** Elements that live. */
  *living(now: number): Iterable<NftElementState> {
    for (const element of this.elements.values()) if (element.expires > now) yield element
  }

  get #isOfBoundaries(): boolean {
    return this.isInterval && !this.isConcatenated
  }

  #exact(key: Uint8Array, now: number): NftElementState | undefined {
    const element = this.at({ key, keyEnd: undefined, isIntervalEnd: false, isCatchall: false })
    return element && element.expires > now ? element : undefined
  }

  #inFields(key: Uint8Array, now: number): NftElementState | undefined {
    const wanted = { key, keyEnd: undefined }
    for (const element of this.living(now)) if (!element.isCatchall && this.#meet(element, wanted)) return element
    return undefined
  }

  /** Whether in each field the ranges meet; fields are padded to 4. */
  #meet(a: Pick<Interval, 'key' | 'keyEnd'>, b: Pick<Interval, 'key' | 'keyEnd'>): boolean {
    let at = 0
    for (const { len = 0 } of this.value.desc?.concat ?? []) {
      const field = (bytes: Uint8Array) => bytes.subarray(at, at + len)
      if (compare(field(a.key), field(b.keyEnd ?? b.key)) > 0) return false
      if (compare(field(b.key), field(a.keyEnd ?? a.key)) > 0) return false
      at += align(len)
    }
    return true
  }

  #catchall(now: number): NftElementState | undefined {
    const element = this.elements.get(catchallPlace)
    return element && element.expires > now ? element : undefined
  }
}

/** No key is empty. */
const catchallPlace = ''

function placeOf({ key, isIntervalEnd, isCatchall, keyEnd }: Interval): string {
  if (isCatchall) return catchallPlace
  const place = keyEnd === undefined ? text(key) : `${text(key)} ${text(keyEnd)}`
  return isIntervalEnd ? `end ${place}` : place
}

/** Keys are short: this is quicker than byte by byte. */
const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
