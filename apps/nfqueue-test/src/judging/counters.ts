import type { Queue, QueueStats } from '@nfkit/nfqueue'
import { statusLine } from '../terminal/status-line.ts'

/** Show once a second on a terminal what a queue does; returns what ends it. */
export function showCounters(queue: Queue): () => void {
  if (!statusLine.isVisible) return () => {}
  let before = queue.stats()
  let at = performance.now()
  const timer = setInterval(() => {
    const [now, stats] = [performance.now(), queue.stats()]
    statusLine.show(countersText(stats, before, (now - at) / 1_000))
    before = stats
    at = now
  }, 1_000)
  return () => {
    clearInterval(timer)
    statusLine.clear()
  }
}

/** `1200 packets, 400/s; accept 1190 (398/s), drop 10 (2/s); pending 0; lost 0`. */
export function countersText(stats: QueueStats, before: QueueStats, seconds: number): string {
  const rate = (now: number, then: number) => `${Math.round((now - then) / seconds)}/s`
  const verdicts = Object.entries(stats.verdicts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${count} (${rate(count, before.verdicts[kind as keyof typeof before.verdicts])})`)
  return [
    `${stats.received} packets, ${rate(stats.received, before.received)}`,
    ...(verdicts.length > 0 ? [verdicts.join(', ')] : []),
    `pending ${stats.pending}`,
    `lost ${stats.lost}`,
    ...(stats.passed > 0 ? [`passed unseen ${stats.passed}`] : []),
  ].join('; ')
}
