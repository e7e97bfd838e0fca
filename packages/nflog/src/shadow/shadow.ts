import type { PacketView } from '@nfkit/netlink-codec/packet-view'
import { type Checks, check, Listeners } from '@nfkit/netlink-transport'
import type { PacketLog } from '../log.ts'
import type { LoggedPacketView } from '../packet.ts'
import { judgedBy } from './copy.ts'
import { identityOf } from './identity.ts'
import { type LiveVerdict, type ShadowPolicy, verdictText } from './policy.ts'
import type { ShadowDifference, ShadowReport } from './report.ts'
import { WaitingRoom } from './waiting.ts'

/** How a shadow matches packets and copies. */
export interface ShadowOptions {
  /** How long a packet waits for its copy, and a copy for its packet, in milliseconds; 5,000 by default. */
  readonly patienceMilliseconds?: number | undefined
  /** How many packets, and how many copies, may wait; 65,536 by default. The oldest go first. */
  readonly limit?: number | undefined
  /** The clock: milliseconds that only grow; `performance.now` by default. */
  readonly now?: (() => number) | undefined
}

const checks: Checks<ShadowOptions> = {
  patienceMilliseconds: (value) => check.milliseconds('patienceMilliseconds', value),
  limit: (value) => check.whole('limit', value, 1, 0x1_0000_0000),
  now: (value) => check.callable('now', value),
}

/** What a shadow tells. */
export interface ShadowEvents {
  /** The policies differ on a packet. */
  difference: [ShadowDifference]
  /** The shadow threw, rejected, or gave no verdict. */
  failed: [{ readonly packet: LoggedPacketView; readonly error: unknown }]
}

/** What waits of a packet. */
interface Verdict {
  readonly text: string
  /** Another packet of this identity waited with it, and was judged otherwise. */
  doubtful: boolean
}

/** What waits of a copy. */
interface Copy {
  readonly packet: LoggedPacketView
  readonly text: string
}

/**
 * A policy that judges copies while another one judges the packets, and the differences between the two. The live verdicts come from any source:
 * hand them to `judged`. Packet and copy are matched by the first 256 bytes from the network header on, without the transport's checksum,
 * and by the packet's length; in their order where these are equal. Where equal packets wait together and were judged differently, none of them is
 * compared.
 *
 * The rule that logs stands before the one that queues, in the same chain, and the queue is opened with `gso`, so that super-packets are logged and
 * queued whole.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openLog, Shadow } from '@nfkit/nflog'
 * import { openQueue } from '@nfkit/nfqueue'
 *
 * // nft add rule inet filter input tcp dport 22 log group 5 queue num 0 bypass
 * const queue = await openQueue(openMnl(), { number: 0, gso: true })
 * const log = await openLog(openMnl(), { group: 5 })
 * const shadow = new Shadow((packet) => (packet.ip?.source === '192.0.2.7' ? 'drop' : 'accept'))
 * shadow.on('difference', ({ packet, live, shadow }) => console.log(`${packet}: ${live}, would be ${shadow}`))
 * queue.observe(shadow.judged)
 * shadow.follow(log)
 * queue.run((packet) => packet.accept())
 */
export class Shadow {
  readonly #policy: ShadowPolicy
  readonly #now: () => number
  readonly #listeners = new Listeners<ShadowEvents>()
  readonly #verdicts: WaitingRoom<Verdict>
  readonly #copies: WaitingRoom<Copy>
  readonly #kinds = new Map<string, number>()
  #compared = 0
  #different = 0
  #ambiguous = 0
  #failed = 0
  #withoutCopy = 0
  #withoutVerdict = 0

  /** Throws `TypeError` or `RangeError` for an option that is unknown or out of range. */
  constructor(policy: ShadowPolicy, options: ShadowOptions = {}) {
    check.callable('policy', policy)
    const {
      patienceMilliseconds = 5_000,
      limit = 0x1_0000,
      now = () => performance.now(),
    } = check.all('Shadow', options, checks)
    this.#policy = policy
    this.#now = now
    this.#verdicts = new WaitingRoom(limit, patienceMilliseconds, () => this.#withoutCopy++)
    this.#copies = new WaitingRoom(limit, patienceMilliseconds, () => this.#withoutVerdict++)
  }

  /** A packet was judged. Ready to be handed to `queue.observe`. */
  readonly judged = (packet: Pick<PacketView<unknown>, 'payload'>, decision: LiveVerdict): void => {
    const identity = identityOf(packet.payload)
    const now = this.#now()
    this.#copies.tidy(now)
    if (identity === undefined) {
      this.#withoutCopy++
      return
    }
    const verdict: Verdict = { text: verdictText(decision), doubtful: false }
    const others = this.#verdicts.at(identity)
    if (others.some(({ what }) => what.text !== verdict.text))
      for (const what of [verdict, ...others.map((other) => other.what)]) what.doubtful = true
    this.#verdicts.enter(identity, verdict, now)
    this.#match(identity)
  }

  /** Judge a copy. Resolves when the policy has; it never rejects. */
  async copy(packet: LoggedPacketView): Promise<void> {
    const identity = identityOf(packet.payload)
    let text: string
    try {
      text = verdictText(await judgedBy(this.#policy, packet))
    } catch (error) {
      this.#failed++
      this.#listeners.tell('failed', [{ packet, error }])
      return
    }
    const now = this.#now()
    this.#verdicts.tidy(now)
    if (identity === undefined) {
      this.#withoutVerdict++
      return
    }
    this.#copies.enter(identity, { packet, text }, now)
    this.#match(identity)
  }

  /** Judge the copies of a log, until that ends. Takes its packets, and throws where they are taken already. */
  follow(log: PacketLog): Promise<void> {
    return log.run((packet) => this.copy(packet))
  }

  /** Have `listener` told of each difference, or of each copy the policy failed on. */
  on<K extends keyof ShadowEvents>(event: K, listener: (...what: ShadowEvents[K]) => void): this {
    this.#listeners.on(event, listener)
    return this
  }
  /** End what `on` began with this listener. */
  off<K extends keyof ShadowEvents>(event: K, listener: (...what: ShadowEvents[K]) => void): this {
    this.#listeners.off(event, listener)
    return this
  }

  /** What was found so far. What has waited too long by now counts as without its other half. */
  report(): ShadowReport {
    const now = this.#now()
    this.#verdicts.tidy(now)
    this.#copies.tidy(now)
    return {
      compared: this.#compared,
      different: this.#different,
      kinds: Object.fromEntries(this.#kinds),
      withoutCopy: this.#withoutCopy,
      withoutVerdict: this.#withoutVerdict,
      ambiguous: this.#ambiguous,
      failed: this.#failed,
      waiting: this.#verdicts.size + this.#copies.size,
    }
  }

  #match(identity: number): void {
    const verdict = this.#verdicts.at(identity)[0]
    const copy = this.#copies.at(identity)[0]
    if (!verdict || !copy) return
    this.#verdicts.leave(verdict)
    this.#copies.leave(copy)
    if (verdict.what.doubtful) this.#ambiguous++
    else this.#compare(verdict.what.text, copy.what)
  }

  #compare(live: string, { packet, text }: Copy): void {
    this.#compared++
    if (live === text) return
    this.#different++
    const kind = `${live} → ${text}`
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1)
    this.#listeners.tell('difference', [{ packet, live, shadow: text }])
  }
}
