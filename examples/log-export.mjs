// Log exporter: every packet that a rule logs, as a line of JSON for what collects logs, and how many were lost on the way.
// Tested on a real kernel, too.
//
//   iptables -A INPUT -p udp --dport 5353 -j NFLOG --nflog-group 5 --nflog-prefix "mdns"
//   node examples/log-export.mjs 5 >> /var/log/packets.ndjson

/** Writes a line for each packet of a log, and one for each loss. Resolves when the log is closed. */
export async function exporting(log, write, now = () => new Date()) {
  const line = (event) => write(`${JSON.stringify({ time: now().toISOString(), ...event })}\n`)
  log.on('lost', (lost) => line({ event: 'lost', ...lost }))
  await log.run((packet) => {
    const { ip, prefix, sequence, uid } = packet
    line({
      event: 'packet',
      prefix,
      sequence,
      uid,
      hook: packet.hook,
      in: packet.indevName,
      out: packet.outdevName,
      source: ip?.source,
      sourcePort: ip?.sourcePort,
      destination: ip?.destination,
      destinationPort: ip?.destinationPort,
      protocol: ip?.protocol,
      length: packet.payload?.length,
    })
  })
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openLog } = await import('@nfkit/nflog')
  const log = await openLog(openMnl(), { group: Number(process.argv[2] ?? 5), flushMilliseconds: 100 })
  process.once('SIGINT', () => log.close())
  await exporting(log, (line) => process.stdout.write(line))
}
