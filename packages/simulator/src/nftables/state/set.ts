import type { NftElement, NftSet } from '@nfkit/netlink-codec/nftables'
import { nftFlags } from '@nfkit/netlink-codec/nftables'
import type { CompiledRule } from '../evaluate/step.ts'

const { set: flags, element: elementFlags } = nftFlags

/** One element. */
export interface NftElementState {
  /** As it was given; what counts is in `state`. */
  readonly value: NftElement
  readonly key: Uint8Array
  /** Last key of an interval over a concatenation. */
  readonly keyEnd: Uint8Array | undefined
  readonly isIntervalEnd: boolean
  readonly isCatchall: boolean
  /** Milliseconds it lives; 0 for ever. */
  timeout: number
  /** When it dies, on the clock of `uptime`; `Infinity` for never. */
  expires: number
  /** Its expressions, which count by themselves. */
  readonly expressions: CompiledRule | undefined
}

/** One set or map (struct nft_set). Elements are kept by the bytes of their keys. */
export class NftSetState {
  readonly name: string
  readonly handle: bigint
  readonly flags: number
  readonly value: NftSet
  timeout: number
  size: number | undefined
  /** Rules that use it. */
  references = 0
  elements = new Map<string, NftElementState>()
  #sorted: readonly NftElementState[] | undefined

  constructor(name: string, handle: bigint, value: NftSet) {
    this.name = name
    this.handle = handle
    this.value = value
    this.flags = value.flags ?? 0
    this.timeout = Number(value.timeout ?? 0n)
    this.size = value.desc?.size
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

  /** The element as it is kept, also one that is dead. */
  at(key: Uint8Array, isIntervalEnd: boolean, keyEnd?: Uint8Array): NftElementState | undefined {
    return this.elements.get(placeOf(key, isIntervalEnd, keyEnd))
  }

  put(element: NftElementState): void {
    this.elements.set(placeOf(element.key, element.isIntervalEnd, element.keyEnd), element)
    this.#sorted = undefined
  }

  remove({ key, isIntervalEnd, keyEnd }: NftElementState): void {
    this.elements.delete(placeOf(key, isIntervalEnd, keyEnd))
    this.#sorted = undefined
  }

  /** Another content, at once. */
  replace(elements: Map<string, NftElementState>): void {
    this.elements = elements
    this.#sorted = undefined
  }

  /** The living element that a key finds. */
  find(key: Uint8Array, now: number): NftElementState | undefined {
    const found = this.isConcatenated ? this.#inFields(key, now) : this.isInterval ? this.#inInterval(key, now) : this.#exact(key, now)
    return found ?? this.#catchall(now)
  }

  /** Elements that live. */
  *living(now: number): Iterable<NftElementState> {
    for (const element of this.elements.values()) if (element.expires > now) yield element
  }

  #exact(key: Uint8Array, now: number): NftElementState | undefined {
    const element = this.at(key, false)
    return element && element.expires > now ? element : undefined
  }

  /** The last start or end at or before the key: a start means within. */
  #inInterval(key: Uint8Array, now: number): NftElementState | undefined {
    this.#sorted ??= [...this.elements.values()].filter((one) => !one.isCatchall).sort(byKey)
    let found: NftElementState | undefined
    for (const element of this.#sorted) {
      if (compare(element.key, key) > 0) break
      if (element.isIntervalEnd || element.expires > now) found = element
    }
    return found && !found.isIntervalEnd ? found : undefined
  }

  #inFields(key: Uint8Array, now: number): NftElementState | undefined {
    const lengths = (this.value.desc?.concat ?? []).map(({ len = 0 }) => len)
    for (const element of this.living(now)) if (!element.isCatchall && within(element, key, lengths)) return element
    return undefined
  }

  #catchall(now: number): NftElementState | undefined {
    for (const element of this.elements.values()) if (element.isCatchall && element.expires > now) return element
    return undefined
  }
}

export const isEnd = (value: NftElement): boolean => ((value.flags ?? 0) & elementFlags.intervalEnd) !== 0
export const isCatchall = (value: NftElement): boolean => ((value.flags ?? 0) & elementFlags.catchall) !== 0

/** An end comes before a start of the same key. */
const byKey = (a: NftElementState, b: NftElementState): number =>
  compare(a.key, b.key) || Number(b.isIntervalEnd) - Number(a.isIntervalEnd)

const placeOf = (key: Uint8Array, isIntervalEnd: boolean, keyEnd: Uint8Array | undefined): string =>
  `${isIntervalEnd ? 'end ' : ''}${text(key)}${keyEnd === undefined ? '' : ` ${text(keyEnd)}`}`

function text(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += String.fromCharCode(byte)
  return out
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - (b[i] ?? 0)
  return 0
}

/** Whether each field is within its own range; fields are padded to 4. */
function within({ key: from, keyEnd: to = from }: NftElementState, key: Uint8Array, lengths: readonly number[]): boolean {
  let at = 0
  for (const length of lengths) {
    const field = key.subarray(at, at + length)
    if (compare(from.subarray(at, at + length), field) > 0 || compare(field, to.subarray(at, at + length)) > 0) return false
    at += (length + 3) & ~3
  }
  return true
}
