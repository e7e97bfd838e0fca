import type { Queue, QueueStats } from '@nfkit/nfqueue'
import { statusLine } from '../terminal/status-line.ts'
import { counted } from '../text/count.ts'

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

/** `1200 packets, 400/s; verdicts: 1190 accept (398/s), 10 drop (2/s); 0 pending; 0 lost on the way`: the words of the summary. */
export function countersText(stats: QueueStats, before: QueueStats, seconds: number): string {
  const rate = (now: number, then: number) => `${Math.round((now - then) / seconds)}/s`
  const verdicts = Object.entries(stats.verdicts)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind} (${rate(count, before.verdicts[kind as keyof typeof before.verdicts])})`)
  return [
    `${counted(stats.received, 'packet')}, ${rate(stats.received, before.received)}`,
    ...(verdicts.length > 0 ? [`verdicts: ${verdicts.join(', ')}`] : []),
    `${stats.pending} pending`,
    `${stats.lost} lost on the way`,
    ...(stats.passed > 0 ? [`${stats.passed} passed unseen`] : []),
  ].join('; ')
}
