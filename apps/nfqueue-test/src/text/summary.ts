import type { QueueStats } from '@nfkit/nfqueue'
/** What a session came to: only what is not zero, but always the packets. `unmatched`: those `--match` left alone. */
export function summaryText(stats: QueueStats, unmatched = 0): string {
  const named = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${count} ${name}`)
  const verdicts = named(stats.verdicts)
  const unjudged = named(stats.unjudged)
  const parts = [
    `${stats.received} packet${stats.received === 1 ? '' : 's'}`,
    ...(unmatched > 0 ? [`${unmatched} did not match`] : []),
    ...(verdicts.length > 0 ? [`verdicts: ${verdicts.join(', ')}`] : []),
    ...(unjudged.length > 0 ? [`left to the queue: ${unjudged.join(', ')}`] : []),
    ...(stats.lost > 0 ? [`${stats.lost} lost on the way`] : []),
    ...(stats.passed > 0 ? [`${stats.passed} passed unseen`] : []),
    ...(stats.verdictErrors > 0 ? [`${stats.verdictErrors} verdicts refused`] : []),
  ]
  return parts.join('; ')
}
