import type { QueueStats } from '@nfkit/nfqueue'
import { counted, tallied } from './count.ts'

/** What a session came to: only what is not zero, but always the packets. `unmatched`: those `--match` left alone. */
export function summaryText(stats: QueueStats, unmatched = 0): string {
  const parts = [
    counted(stats.received, 'packet'),
    ...(unmatched > 0 ? [`${unmatched} did not match`] : []),
    ...tallied('verdicts', stats.verdicts),
    ...tallied('left to the queue', stats.unjudged),
    ...(stats.lost > 0 ? [`${stats.lost} lost on the way`] : []),
    ...(stats.passed > 0 ? [`${stats.passed} passed unseen`] : []),
    ...(stats.verdictErrors > 0 ? [`${counted(stats.verdictErrors, 'verdict')} refused`] : []),
  ]
  return parts.join('; ')
}
