import type { ConnectionJudged, Firewall, FirewallCensus } from '@nfkit/firewall'
import { printable } from '@nfkit/netlink-codec'
import { alignedRows } from '../terminal/rows.ts'
import { drawScreen } from '../terminal/screen.ts'
import { stdout } from '../terminal/stdout.ts'
import { strong } from '../text/style.ts'
import { aboutText, millisecondsText, paintedVerdict, statsText } from './wording.ts'

const redrawMilliseconds = 500

/** How often the kernel is asked what it does by itself. */
const censusMilliseconds = 2_000

/** Latencies of the latest judgements, for their median. */
const mostLatencies = 1_000

/** Connections as they are judged, the newest first, redrawn in place. */
export class FirewallView {
  readonly #firewall: Firewall
  readonly #timers = [
    setInterval(() => this.#draw(), redrawMilliseconds),
    setInterval(() => this.#count(), censusMilliseconds),
  ]
  /** The newest last. */
  readonly #judged: ConnectionJudged[] = []
  readonly #latencies: number[] = []
  #census: FirewallCensus | undefined
  #counting = false
  /** What the user may do. */
  hint = ''

  constructor(firewall: Firewall) {
    this.#firewall = firewall
    firewall.on('judged', this.#add)
    this.#count()
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#firewall.off('judged', this.#add)
    this.#draw()
    stdout.write('\n')
  }

  readonly #add = (judged: ConnectionJudged): void => {
    this.#judged.push(judged)
    this.#latencies.push(judged.milliseconds)
    if (this.#judged.length > 2 * stdout.rows) this.#judged.splice(0, stdout.rows)
    if (this.#latencies.length > 2 * mostLatencies) this.#latencies.splice(0, mostLatencies)
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

  #draw(): void {
    const { name, epoch } = this.#firewall
    const rows = this.#judged.slice(-Math.max(stdout.rows - 5, 1)).toReversed()
    const lines = alignedRows([headings, ...rows.map(cells)], leastWidths).map((line, i) =>
      i === 0
        ? strong(`${'VERDICT'.padEnd(verdictWidth)} ${line}`)
        : `${paintedVerdict(rows[i - 1]!.verdict, verdictWidth)} ${line}`,
    )
    drawScreen([
      `${strong(printable(name))}, epoch ${epoch}: ${statsText(this.#firewall.stats())}${this.#latencyText()}`,
      this.#kernelText(),
      this.hint,
      ...lines,
    ])
  }

  /** The middle and the slow end of the latest judgements. */
  #latencyText(): string {
    const sorted = this.#latencies.slice(-mostLatencies).toSorted((a, b) => a - b)
    if (sorted.length === 0) return ''
    const at = (share: number) => millisecondsText(sorted[Math.floor(share * (sorted.length - 1))]!)
    return `; judge ${at(0.5)}, 99 % within ${at(0.99)}`
  }

  #kernelText(): string {
    if (this.#census === undefined) return ''
    const { cachedPackets, alive } = this.#census
    const text = (of: typeof alive) =>
      Object.entries(of)
        .map(([verdict, count]) => `${count} ${verdict}`)
        .join(', ')
    return `alive: ${text(alive)}; packets by the kernel alone: ${text(cachedPackets)}`
  }
}

const verdictWidth = 'VERDICT'.length
const headings = ['JUDGE', 'PACKETS', 'CONNECTION']
const leastWidths = [8, 7, 10]

const cells = ({ connection, milliseconds, packets }: ConnectionJudged): readonly string[] => [
  millisecondsText(milliseconds),
  `${packets}`,
  `${printable(`${connection}`)}${aboutText(connection)}`,
]
