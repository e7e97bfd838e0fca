// Fleet: verdicts and ended connections as OpenTelemetry log records, sent to a collector over HTTP (OTLP, JSON).
//
//   iptables -A INPUT -p tcp --syn -j NFQUEUE --queue-num 0 --queue-bypass
//   OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 node examples/otlp-export.mjs

/** Attributes as the protocol's JSON has them: 64-bit numbers are text. What is absent is left out. */
const attributesOf = (values) =>
  Object.entries(values).flatMap(([key, value]) => {
    if (value === undefined) return []
    return { key, value: typeof value === 'string' ? { stringValue: value } : { intValue: `${value}` } }
  })

/** Log records on their way to a collector. One that is slow or gone costs records, which are counted, and no packet. */
export function exporter(endpoint, { service = 'filter', most = 10_000 } = {}) {
  const resource = { attributes: attributesOf({ 'service.name': service }) }
  const waiting = []
  let sending
  async function send() {
    while (waiting.length > 0) {
      const logRecords = waiting.slice(0, 500)
      const scopeLogs = [{ scope: { name: 'nfkit' }, logRecords }]
      const request = { method: 'POST', headers: { 'content-type': 'application/json' } }
      const body = JSON.stringify({ resourceLogs: [{ resource, scopeLogs }] })
      const signal = AbortSignal.timeout(5_000)
      const answer = await fetch(`${endpoint}/v1/logs`, { ...request, body, signal }).catch(() => undefined)
      // The collector has no time now: these are sent again with the next call.
      if (answer === undefined || [429, 502, 503, 504].includes(answer.status)) return
      waiting.splice(0, logRecords.length)
      if (!answer.ok) log.leftOut += logRecords.length
    }
  }
  const log = {
    leftOut: 0,
    add(eventName, values) {
      const attributes = attributesOf(values)
      if (waiting.length === most) log.leftOut++
      else waiting.push({ timeUnixNano: `${Date.now()}000000`, severityNumber: 9, eventName, attributes })
    },
    flush() {
      sending ??= send().finally(() => (sending = undefined))
      return sending
    },
  }
  return log
}

/** A handler that judges as `decide` says (`accept`, `drop`, …), and tells. */
export const telling = (log, decide) => (packet) => {
  const verdict = decide(packet)
  const { source, destination, destinationPort: port } = packet.ip ?? {}
  const addresses = { 'source.address': source, 'destination.address': destination, 'destination.port': port }
  log.add('nfqueue.verdict', { verdict, hook: packet.hook, ...addresses })
  packet[verdict]()
}

/** Tells of connections that ended, with their bytes where the kernel counts them. */
export async function tellOfFlows(log, events) {
  for await (const { kind, flow } of events) {
    if (kind !== 'destroy') continue
    const { source, destination } = flow.original
    const bytes = { 'source.bytes': flow.originalCounters?.bytes, 'destination.bytes': flow.replyCounters?.bytes }
    const addresses = { 'source.address': source.address, 'destination.address': destination.address }
    log.add('conntrack.flow', { ...addresses, 'destination.port': destination.port, ...bytes })
  }
}

if (process.argv[1] === import.meta.filename) {
  const [{ openConntrack }, { openQueue }] = [await import('@nfkit/conntrack'), await import('@nfkit/nfqueue')]
  const { openMnl } = await import('@nfkit/mnl-native')
  const log = exporter(process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? 'http://127.0.0.1:4318')
  setInterval(log.flush, 1_000).unref()
  tellOfFlows(log, (await openConntrack(openMnl())).events({ kinds: ['destroy'] }))
  const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
  process.once('SIGINT', () => queue.close())
  await queue.run(telling(log, (packet) => (packet.ip?.tcp?.destinationPort === 23 ? 'drop' : 'accept')))
  await log.flush()
  process.exit()
}
