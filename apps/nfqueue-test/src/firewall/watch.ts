import type { ConnectionJudged, Firewall, FirewallCensus } from '@nfkit/firewall'
import type { FirewallSight, Judged } from './view.ts'

/** How often the kernel is asked what it does by itself. */
const censusMilliseconds = 2_000

/** The latest judgements, for the rows and for the median of their latencies. */
const mostJudged = 1_000

/** What a firewall does, looked at while it does it. */
export class FirewallWatch {
  readonly #firewall: Firewall
  readonly #timer = setInterval(() => this.#count(), censusMilliseconds)
  readonly #judged: Judged[] = []
  #census: FirewallCensus | undefined
  #counting = false

  constructor(firewall: Firewall) {
    this.#firewall = firewall
    firewall.on('judged', this.#add)
    this.#count()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#firewall.off('judged', this.#add)
  }

  sight(keys: readonly string[]): FirewallSight {
    const { name, epoch } = this.#firewall
    const judged = this.#judged.slice(-mostJudged)
    return { name, epoch, stats: this.#firewall.stats(), census: this.#census, judged, keys }
  }

  readonly #add = (judged: ConnectionJudged): void => {
    this.#judged.push({ ...judged, timestampNs: BigInt(Date.now()) * 1_000_000n })
    if (this.#judged.length > 2 * mostJudged) this.#judged.splice(0, mostJudged)
  }

  async #count(): Promise<void> {
    if (this.#counting) return
    this.#counting = true
    try {
      this.#census = await this.#firewall.census()
    } catch {
      // What was told last stands: the firewall may be closing.
    }
    this.#counting = false
  }
}
