// IDS hook: lets everything pass, and writes what looks like a port scan as JSON lines.
// Tested on a real kernel, too.
//
//   iptables -A INPUT -p tcp --syn -j NFQUEUE --queue-num 0 --queue-bypass
//   node examples/ids-log.mjs >> /var/log/scans.ndjson

/** An observer that writes one line per source that tries more than `ports` ports within `seconds`. */
export function watcher(write, { ports = 10, seconds = 5, now = () => Date.now() / 1000 } = {}) {
  const seen = new Map()
  return (packet, { verdict }) => {
    const { source, destinationPort } = packet.ip ?? {}
    const time = now()
    const entry = seen.get(source)
    const current = entry && time - entry.since < seconds ? entry : { since: time, ports: new Set(), told: false }
    current.ports.add(destinationPort)
    seen.delete(source) // the newest last, so that the oldest can go
    seen.set(source, current)
    if (seen.size > 10_000) seen.delete(seen.keys().next().value)
    if (current.ports.size > ports && !current.told) {
      current.told = true
      const event = { time: new Date(time * 1000).toISOString(), event: 'port scan', source, ports: current.ports.size }
      write(`${JSON.stringify({ ...event, verdict, packet })}\n`)
    }
  }
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openQueue } = await import('@nfkit/nfqueue')
  // With the queue full or the disk slow, traffic goes on unseen rather than not at all.
  const queue = await openQueue(openMnl(), { number: 0, failOpen: true, onUnjudged: 'accept' })
  process.once('SIGINT', () => queue.close())
  queue.observe(watcher((line) => process.stdout.write(line)))
  await queue.run((packet) => packet.accept())
}
