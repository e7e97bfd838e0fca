import { type FlowFilter, flowMatcher } from '@nfkit/conntrack'
import { FirewallAnnouncer } from './announcer.ts'
import { type Sockets, shut } from './closing.ts'
import { Bench } from './judging/bench.ts'
import { hostOf } from './judging/breaking-off/sockets.ts'
import type { FirewallStats } from './judging/counts.ts'
import { flowOf } from './judging/flow.ts'
import { AddressList, type ListingOptions } from './lists/address-list.ts'
import type { FirewallSettings } from './options.ts'
import { PolicyChange, type Reconsidered } from './policy/change.ts'
import { EpochNumbers } from './policy/epochs.ts'
import { Sweep } from './policy/sweep.ts'
import { Layout } from './rules/layout.ts'
import { census, type FirewallCensus } from './seen/census.ts'
import type { MarkCheck } from './sharing/clash.ts'

/**
 * A firewall, made by `openFirewall`: its rules are in the kernel, and its judge is asked.
 *
 * @example
 * import type { Firewall } from '@nfkit/firewall'
 *
 * export async function closeTo(firewall: Firewall, address: string) {
 *   firewall.on('judged', ({ connection, verdict }) => console.error(`${connection}: ${verdict}`))
 *   await firewall.block(address, { seconds: 600 })
 *   await firewall.reconsider()
 * }
 */
export class Firewall extends FirewallAnnouncer implements AsyncDisposable {
  /** Its name, and that of its table. */
  readonly name: string
  /** Who else uses bits of its mask, and what could not be looked at, when it was opened. */
  readonly markCheck: MarkCheck
  /** Resolves when the firewall is closed, whatever closed it. */
  readonly closed: Promise<void>
  readonly #settings: FirewallSettings
  readonly #sockets: Sockets
  readonly #bench: Bench
  readonly #numbers: EpochNumbers
  readonly #sweep: Sweep
  readonly #layout: Layout
  readonly #change: PolicyChange
  readonly #blocked: AddressList
  readonly #allowed: AddressList
  readonly #abort = () => void this.close()
  #confirmation: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  /** @internal */
  constructor(settings: FirewallSettings, sockets: Sockets, markCheck: MarkCheck, owner: boolean) {
    const { nft, queue, table } = sockets
    super()
    this.name = settings.name
    this.markCheck = markCheck
    this.#settings = settings
    this.#sockets = sockets
    this.#numbers = new EpochNumbers(settings.marks.epochs)
    this.#sweep = new Sweep(table, settings.marks)
    this.#layout = this.#layoutWith(owner, settings.absent === 'accept' || settings.confirmWithinSeconds !== undefined)
    this.#blocked = new AddressList(nft, this.#layout.blocked)
    this.#allowed = new AddressList(nft, this.#layout.allowed)
    this.closed = queue.closed
    const trouble = (error: Error) => void this.tell('trouble', [error])
    this.#bench = new Bench({
      ...settings,
      ...hostOf(sockets.sockets),
      limits: settings,
      epoch: () => this.#numbers.current,
      decided: (judged) => void this.tell('judged', [judged]),
      failed: (failure) => void this.tell('failed', [failure]),
      trouble,
    })
    this.#change = new PolicyChange({
      nft,
      layout: this.#layout,
      numbers: this.#numbers,
      sweep: this.#sweep,
      begun: () => this.#bench.reconsider(),
      trouble,
    })
    queue.on('trouble', trouble)
    // Packets whose queue is being closed are dropped by the kernel, whatever is said of them.
    queue.on('verdictError', (error) => this.#closing === undefined && trouble(error))
    queue.on('warning', (text) => void this.tell('warning', [text]))
  }

  /** @internal Rules into the kernel, and packets to the judge. Nothing that an earlier run has decided counts. */
  async begin(): Promise<void> {
    const { nft, queue } = this.#sockets
    const { signal, confirmWithinSeconds } = this.#settings
    await this.#sweep.all()
    await nft.apply(this.#layout.parts(this.#numbers.current.number))
    await nft.commit((batch) => this.#layout.clear(batch))
    signal?.throwIfAborted()
    queue.run(this.#bench.take)
    signal?.addEventListener('abort', this.#abort, { once: true })
    if (confirmWithinSeconds !== undefined)
      this.#confirmation = setTimeout(() => this.#unconfirmed(), confirmWithinSeconds * 1_000)
  }

  /** Under which policy connections are judged: 0, and one more after each `reconsider()`. */
  get epoch(): number {
    return this.#numbers.current.serial
  }

  /** What has happened so far; cheap enough to poll. */
  stats(): FirewallStats {
    return this.#bench.counts.snapshot(this.#bench.undecided)
  }

  /** What the kernel does by itself. Costs a look at all connections. Rejects with `NetlinkError` when the kernel refuses. */
  async census(): Promise<FirewallCensus> {
    this.#assertOpen()
    const { marks } = this.#settings
    return census({ ...this.#sockets, layout: this.#layout, marks, epoch: this.#numbers.current.number })
  }

  /**
   * The policy has changed: make all that was decided void, at once and however many connections there are. Each is judged again on its next
   * packet; those that wait for their judge are, too. Resolves when the kernel has acknowledged: from then on no packet passes by an older
   * decision, but those which were past the rules, or had their verdict, already. Rejects with `CommitError` or `NetlinkError`, and the old
   * decisions stay.
   */
  reconsider(): Promise<Reconsidered>
  /**
   * The same of connections that match. Costs a look at all connections, and a request for each that matches; no other connection is judged
   * again. Resolves to how many there were. A filter that is `undefined` is not taken for none: it is refused.
   */
  reconsider(filter: FlowFilter): Promise<number>
  async reconsider(...filters: [] | [FlowFilter]): Promise<Reconsidered | number> {
    this.#assertOpen()
    if (filters.length === 0) {
      const done = await this.#change.all()
      this.tell('reconsidered', [done])
      return done
    }
    const matches = flowMatcher(filters[0])
    this.#bench.reconsiderSome((connection) => {
      const flow = flowOf(connection)
      return flow !== undefined && matches(flow)
    })
    return this.#change.some(filters[0])
  }

  /**
   * Let no packet to or from an address or a network pass these hooks, whatever the judge has said; at once, and for connections that are there, too.
   * It outweighs `allow`. Rejects with `RangeError` for what is no address, and with `CommitError` or `NetlinkError` when the kernel refuses.
   */
  block(where: string, options: ListingOptions = {}): Promise<void> {
    this.#assertOpen()
    return this.#blocked.add(where, options)
  }

  /** Let all packets to and from an address or a network pass, and ask no judge. Rejects as `block` does. */
  allow(where: string, options: ListingOptions = {}): Promise<void> {
    this.#assertOpen()
    return this.#allowed.add(where, options)
  }

  /** Take back `block` and `allow` of an address or a network, or of part of one. Rejects as `block` does. */
  async unlist(where: string): Promise<void> {
    this.#assertOpen()
    await Promise.all([this.#blocked.remove(where), this.#allowed.remove(where)])
  }

  /**
   * The rules are as they should be: keep them. Does nothing where `confirmWithinSeconds` was not given, or all was taken back already. Rejects with
   * `CommitError` or `NetlinkError` when the kernel refuses.
   */
  async confirm(): Promise<void> {
    if (this.#confirmation === undefined) return
    clearTimeout(this.#confirmation)
    this.#confirmation = undefined
    if (this.#settings.absent === 'accept') return
    const lasting = this.#layoutWith(false, false)
    await this.#sockets.nft.apply(lasting.parts(this.#numbers.current.number))
  }

  /**
   * Judge no more. What becomes of connections then is what `absent` says: with `accept` the rules are taken back, with `drop` they stay, and
   * the next firewall of this name finds them. Packets that wait are left to `onUnjudged`. Never rejects; closing twice waits for the same end.
   */
  close(): Promise<void> {
    return this.#close(this.#settings.absent === 'accept' || this.#confirmation !== undefined)
  }

  /** Judge no more, and take all rules back, whatever `absent` says: everything passes. Never rejects. */
  remove(): Promise<void> {
    return this.#close(true)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #layoutWith(owner: boolean, bypass: boolean): Layout {
    return new Layout({ ...this.#settings, owner, bypass })
  }

  #close(all: boolean): Promise<void> {
    this.#closing ??= this.#end(all)
    return this.#closing
  }

  async #end(all: boolean): Promise<void> {
    clearTimeout(this.#confirmation)
    this.#settings.signal?.removeEventListener('abort', this.#abort)
    const rules = all ? { layout: this.#layout, sweep: this.#sweep } : undefined
    await shut(this.#sockets, this.#bench, rules, (error) => this.tell('trouble', [error]))
  }

  async #unconfirmed(): Promise<void> {
    await this.remove()
    this.tell('unconfirmed', [])
  }

  #assertOpen(): void {
    if (this.#closing) throw new Error(`the firewall "${this.name}" is closed`)
  }
}
