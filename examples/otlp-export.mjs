// Fleet: verdicts and ended connections as OpenTelemetry log records, sent to a collector over HTTP (OTLP) by OpenTelemetry's own SDK.
// Tested on a real kernel, too.
//
//   npm install @opentelemetry/sdk-logs @opentelemetry/resources @opentelemetry/exporter-logs-otlp-http
//   iptables -A INPUT -p tcp --syn -j NFQUEUE --queue-num 0 --queue-bypass
//   OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 node examples/otlp-export.mjs
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'

/**
 * Sends what its loggers tell: in batches, again where the collector has no time. No more than `most` records wait; with `meters`, the
 * program's meter provider, those left out are counted there, as `otel.sdk.processor.log.processed` with an `error.type`.
 */
export function collector({ url, service = 'filter', most = 10_000, meters } = {}) {
  const exporter = new OTLPLogExporter(url && { url })
  const bounds = { maxQueueSize: most, scheduledDelayMillis: 1_000 }
  const batches = new BatchLogRecordProcessor({ exporter, ...bounds, selfObsMeterProvider: meters })
  return new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'host.name': process.env.HOSTNAME }),
    processors: [batches],
  })
}

/** A handler that judges as `decide` says (`accept`, `drop`, …), and tells. */
export const telling = (logger, decide) => (packet) => {
  const verdict = decide(packet)
  const { source, destination, destinationPort: port } = packet.ip ?? {}
  const addresses = { 'source.address': source, 'destination.address': destination, 'destination.port': port }
  logger.emit({ eventName: 'nfqueue.verdict', attributes: { verdict, hook: packet.hook, ...addresses } })
  packet[verdict]()
}

/** Tells of connections that ended, with their bytes where the kernel counts them. */
export async function tellOfFlows(logger, events) {
  for await (const { kind, flow } of events) {
    if (kind !== 'destroy') continue
    const { source, destination } = flow.original
    const attributes = {
      'source.address': source.address,
      'destination.address': destination.address,
      'destination.port': destination.port,
      'source.bytes': numberOf(flow.originalCounters?.bytes),
      'destination.bytes': numberOf(flow.replyCounters?.bytes),
    }
    logger.emit({ eventName: 'conntrack.flow', attributes })
  }
}

/** Attributes have no 64-bit type of JavaScript's; 9 petabytes fit. */
const numberOf = (count) => (count === undefined ? undefined : Number(count))

if (process.argv[1] === import.meta.filename) {
  const [{ openConntrack }, { openQueue }] = [await import('@nfkit/conntrack'), await import('@nfkit/nfqueue')]
  const { openMnl } = await import('@nfkit/mnl-native')
  const provider = collector()
  const logger = provider.getLogger('nfkit')
  const table = await openConntrack(openMnl())
  const events = table.events({ kinds: ['destroy'] })
  const flows = tellOfFlows(logger, events)
  const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
  process.once('SIGINT', () => queue.close())
  await queue.run(telling(logger, (packet) => (packet.ip?.tcp?.destinationPort === 23 ? 'drop' : 'accept')))
  events.close()
  await flows
  table.close()
  await provider.shutdown()
}
