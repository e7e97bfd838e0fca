import { type FlowFilter, flowMatcher } from '@nfkit/conntrack'
import { nextTurn } from '@nfkit/netlink-transport/memory'
import type { HandOverOptions } from '@nfkit/nfqueue'
import { FirewallAnnouncer } from './announcer.ts'
import { type Assembly, assemble, layoutOf } from './assembly/assembly.ts'
import { putInForce } from './assembly/beginning.ts'
import { type Sockets, shut } from './assembly/closing.ts'
import type { HandoverError } from './handover/errors.ts'
import type { Found } from './handover/estate.ts'
import { goOn } from './handover/going-on.ts'
import { type FirewallHandover, seal } from './handover/handover.ts'
import { letGo } from './handover/leaving.ts'
import type { FirewallStats } from './judging/counts.ts'
import { flowOf } from './judging/flow.ts'
import type { OpeningLists } from './lists/opening.ts'
import type { ListingOptions } from './lists/places.ts'
import type { FirewallSettings } from './options.ts'
import type { Reconsidered } from './policy/change.ts'
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
  readonly #found: Found
  readonly #sockets: Sockets
  readonly #parts: Assembly
  readonly #abort = () => void this.close()
  #confirmation: NodeJS.Timeout | undefined
  #closing: Promise<void> | undefined

  /** @internal */
  constructor(settings: FirewallSettings, sockets: Sockets, found: Found) {
    super()
    this.name = settings.name
    this.markCheck = found.markCheck
    this.#found = found
    this.#settings = settings
    this.#sockets = sockets
    this.closed = sockets.queue.closed
    this.#parts = assemble({
      settings,
      sockets,
      owner: settings.absent === 'accept' && found.owner,
      tell: (event, what) => this.tell(event, what),
      reconsider: (filter) => (filter ? this.reconsider(filter) : this.reconsider()),
      isClosing: () => this.#closing !== undefined,
    })
  }

  /** @internal Rules into the kernel, and packets to the judge. Nothing that an earlier run has decided counts. */
  async begin(lists: OpeningLists, refused?: HandoverError): Promise<void> {
    const { nft, queue, dns } = this.#sockets
    const { signal, confirmWithinSeconds, estate } = this.#settings
    const { bench, names } = this.#parts
    const judge = () => {
      queue.run(bench.take)
      if (names) dns?.run(names.take)
    }
    if (estate) await goOn(nft, this.#parts, estate, judge)
    else await putInForce(nft, this.#parts, lists)
    signal?.throwIfAborted()
    if (!estate) judge()
    signal?.addEventListener('abort', this.#abort, { once: true })
    if (confirmWithinSeconds !== undefined)
      this.#confirmation = setTimeout(() => this.#unconfirmed(), confirmWithinSeconds * 1_000)
    // Who has opened it listens by then.
    if (refused) nextTurn(() => this.tell('handoverRefused', [refused]))
  }

  /** Under which policy connections are judged: 0, and one more after each `reconsider()`. */
  get epoch(): number {
    return this.#parts.numbers.current.serial
  }

  /** What has happened so far; cheap enough to poll. */
  stats(): FirewallStats {
    const { bench, names } = this.#parts
    return bench.counts.snapshot(bench.undecided, names?.counts.snapshot())
  }

  /** What the kernel does by itself. Costs a look at all connections. Rejects with `NetlinkError` when the kernel refuses. */
  async census(): Promise<FirewallCensus> {
    this.#assertOpen()
    const { marks } = this.#settings
    const { layout, numbers } = this.#parts
    return census({ ...this.#sockets, layout, marks, epoch: numbers.current.number })
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
      const done = await this.#parts.change.all()
      this.tell('reconsidered', [done])
      return done
    }
    const matches = flowMatcher(filters[0])
    this.#parts.bench.reconsiderSome((connection) => {
      const flow = flowOf(connection)
      return flow !== undefined && matches(flow)
    })
    return this.#parts.change.some(filters[0])
  }

  /**
   * Let no packet to or from an address or a network pass these hooks, nor to and from what a name stands for (`www.example.org`, or `*.example.org` for all
   * below it), whatever the judge has said; at once, and for connections that are there, too. It outweighs `allow`. Of a name those addresses
   * count that DNS answers from now on, for as long as it says: option `names`. Rejects with `RangeError` for what is neither, and with `CommitError`
   * or `NetlinkError` when the kernel refuses: nothing is listed then.
   *
   * @example
   * export async function lists(firewall: Firewall) {
   *   await firewall.block(['192.0.2.0/24', '2001:db8::7'], { seconds: 600 })
   *   await firewall.allow(['example.org', '*.example.org'])
   * }
   */
  async block(where: string | readonly string[], options: ListingOptions = {}): Promise<void> {
    this.#assertOpen()
    await this.#parts.listed.add('blocked', where, options)
  }

  /**
   * Let all packets to and from an address or a network pass, and all connections to what a name stands for, and ask no judge. A connection to a name stays
   * allowed until the policy changes, also when the name stands for other addresses by then. Rejects as `block` does.
   */
  async allow(where: string | readonly string[], options: ListingOptions = {}): Promise<void> {
    this.#assertOpen()
    await this.#parts.listed.add('allowed', where, options)
  }

  /**
   * Take back `block` and `allow` of an address or a network, or of part of one, or of a name as it was listed: connections that were allowed by it are
   * judged. Rejects as `block` does.
   */
  async unlist(where: string | readonly string[]): Promise<void> {
    this.#assertOpen()
    await this.#parts.listed.remove(where)
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
    const lasting = layoutOf(this.#settings, false, false)
    await this.#sockets.nft.apply(lasting.parts(this.#parts.numbers.current.number))
  }

  /**
   * Judge no more. What becomes of connections then is what `absent` says: with `accept` the rules are taken back, with `drop` they stay, and
   * the next firewall of this name finds them. Packets that wait are left to `onUnjudged`. Never rejects; closing twice waits for the same end.
   */
  close(): Promise<void> {
    return this.#close(this.#settings.absent === 'accept' || this.#confirmation !== undefined)
  }

  /**
   * Judge no more, and leave rules, queue and all that was decided to the next program that has the `sockets`: resolves to what its `openFirewall` takes as
   * `handover`. Packets that come meanwhile wait. Those whose judge does not answer within `milliseconds` (1,000 by default) come to the next one, which is asked
   * again. Connections that were opened to be listened to are judged by it as in the middle. Rejects with `Error` where the sockets go with this program, or the firewall
   * waits for `confirm`, and goes on; with `TransportError` when a socket fails.
   */
  async handOver(options: HandOverOptions = {}): Promise<FirewallHandover> {
    this.#assertOpen()
    const { sockets, marks } = this.#settings
    if (!sockets) throw new Error(`the firewall "${this.name}" is not to be handed over: open it with \`sockets\``)
    if (this.#confirmation)
      throw new Error(`the firewall "${this.name}" waits for confirm(): it is not handed over before`)
    this.#settings.signal?.removeEventListener('abort', this.#abort)
    const handing = letGo(this.#sockets, this.#parts, options)
    this.#closing = handing.then(nothing, nothing)
    return seal(this.name, marks.mask, { found: this.#found, ...(await handing) })
  }

  /** Judge no more, and take all rules back, whatever `absent` says: everything passes. Never rejects. */
  remove(): Promise<void> {
    return this.#close(true)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #close(all: boolean): Promise<void> {
    this.#closing ??= this.#end(all)
    return this.#closing
  }

  async #end(all: boolean): Promise<void> {
    clearTimeout(this.#confirmation)
    this.#settings.signal?.removeEventListener('abort', this.#abort)
    const { bench, names, layout, sweep } = this.#parts
    await shut(this.#sockets, bench, names, all ? { layout, sweep } : undefined, (error) =>
      this.tell('trouble', [error]),
    )
  }

  async #unconfirmed(): Promise<void> {
    await this.remove()
    this.tell('unconfirmed', [])
  }

  #assertOpen(): void {
    if (this.#closing) throw new Error(`the firewall "${this.name}" is closed`)
  }
}

const nothing = (): void => {}
