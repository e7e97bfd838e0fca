import { formatAddress, type Network, parseNetwork, prefixMask } from '@nfkit/inet'
import { check } from '@nfkit/netlink-transport'
import { CommitError, type Nftables, type RuleBatch } from '@nfkit/nftables'
import type { AddressSets } from '../rules/addresses.ts'
import { type Segment, type SegmentChange, Segments } from './segments.ts'

/** For how long addresses are listed. */
export interface ListingOptions {
  /** Seconds from now on; for ever by default. What is listed for longer already stays so. */
  readonly seconds?: number | undefined
}

const longest = 2_147_483

/** How often a change is tried again when something it takes away has run out meanwhile. */
const mostAttempts = 3

/** Addresses and networks in two sets of the kernel, one for each family. */
export class AddressList {
  readonly #nft: Nftables
  readonly #sets: AddressSets
  readonly #segments = { 4: new Segments(), 16: new Segments() }
  /** Changes, one after another: what one has made, the next one finds. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(nft: Nftables, sets: AddressSets) {
    this.#nft = nft
    this.#sets = sets
  }

  /** List an address or a network. Rejects with `RangeError` for what is neither, and as `commit` does. */
  async add(where: string, options: ListingOptions): Promise<void> {
    const region = regionOf(where)
    const { seconds } = check.options('options', options, { seconds: true })
    if (seconds !== undefined && !(seconds > 0 && seconds <= longest))
      throw new RangeError(`seconds: ${String(seconds)} is no number of seconds above 0 and up to ${longest}`)
    const until = seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1_000
    await this.#inTurn(region.size, (segments, now) => segments.add({ ...region, until }, now))
  }

  /** List it no more. Rejects as `add` does. */
  async remove(where: string): Promise<void> {
    const region = regionOf(where)
    await this.#inTurn(region.size, (segments, now) => segments.remove(region, now))
  }

  #inTurn(size: 4 | 16, change: (segments: Segments, now: number) => SegmentChange): Promise<void> {
    const done = this.#turn.then(() => this.#apply(size, change(this.#segments[size], performance.now())))
    this.#turn = done.catch(() => {})
    return done
  }

  async #apply(size: 4 | 16, { removed, added }: SegmentChange): Promise<void> {
    if (removed.length + added.length === 0) return
    for (let attempt = 1; ; attempt++) {
      try {
        const now = performance.now()
        await this.#nft.commit((batch) => {
          for (const one of removed) if (one.until > now) this.#element(batch, 'delete', size, one, now)
          for (const one of added) if (one.until > now) this.#element(batch, 'add', size, one, now)
        })
        return
      } catch (error) {
        // One of those that go ran out between the clock's look and the kernel's.
        const isOver = error instanceof CommitError && error.failures.every(({ code }) => code === 'ENOENT')
        if (!isOver || attempt >= mostAttempts) throw error
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
  }

  #element(batch: RuleBatch, verb: 'add' | 'delete', size: 4 | 16, segment: Segment, now: number): void {
    const set = size === 4 ? this.#sets.ipv4 : this.#sets.ipv6
    const { from, to, until } = segment
    const key = from === to ? textOf(from, size) : { from: textOf(from, size), to: textOf(to, size) }
    const timeout =
      verb === 'delete' || until === Number.POSITIVE_INFINITY ? {} : { timeoutSeconds: (until - now) / 1_000 }
    batch[verb](set.element(key as never, timeout))
  }
}

/** The addresses of a network, as numbers. Throws `RangeError`. */
function regionOf(where: string): { readonly from: bigint; readonly to: bigint; readonly size: 4 | 16 } {
  const network = typeof where === 'string' ? parseNetwork(where) : undefined
  if (network === undefined)
    throw new RangeError(
      `${JSON.stringify(where)} is neither an address nor a network: 192.0.2.7, 10.0.0.0/8, fd00::/8`,
    )
  const size = network.address.length as 4 | 16
  const [address, mask] = [numberOf(network.address), numberOf(maskOf(network))]
  const from = address & mask
  return { from, to: from | (~mask & ((1n << BigInt(8 * size)) - 1n)), size }
}

const maskOf = ({ address, prefix }: Network): Uint8Array => prefixMask(address.length as 4 | 16, prefix)
const numberOf = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

function textOf(value: bigint, size: 4 | 16): string {
  return formatAddress(
    Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * (size - 1 - i))) & 0xffn)),
  )
}
