// Rate limiter: a token bucket per source address, for new connections.
// Tested on a real kernel, too.
//
//   iptables -A INPUT -p tcp --syn --dport 8080 -j NFQUEUE --queue-num 0 --queue-bypass
//   node examples/rate-limiter.mjs 10 20        # 10 a second, bursts of 20

/** A bucket for each source; sources that have been quiet long enough to be full again are forgotten. */
export function limiter(perSecond, burst, now = () => performance.now() / 1000) {
  const buckets = new Map()
  let swept = now()
  return (packet) => {
    const time = now()
    if (time - swept > 10) {
      for (const [source, { since }] of buckets) if ((time - since) * perSecond > burst) buckets.delete(source)
      swept = time
    }
    const source = packet.ip?.source
    const bucket = buckets.get(source) ?? { tokens: burst, since: time }
    bucket.tokens = Math.min(burst, bucket.tokens + (time - bucket.since) * perSecond)
    bucket.since = time
    buckets.set(source, bucket)
    if (bucket.tokens < 1) {
      packet.drop()
      return
    }
    bucket.tokens--
    packet.accept()
  }
}

if (process.argv[1] === import.meta.filename) {
  const [perSecond = 10, burst = 20] = process.argv.slice(2).map(Number)
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openQueue } = await import('@nfkit/nfqueue')
  const queue = await openQueue(openMnl(), { number: 0, copyRange: 60, onUnjudged: 'accept' })
  process.once('SIGINT', () => queue.close())
  await queue.run(limiter(perSecond, burst))
}
