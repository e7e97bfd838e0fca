// TLS SNI filter: the name a client asks for stands readable in its first message.
// Tested on a real kernel, too.
//
//   iptables -A OUTPUT -p tcp --dport 443 -j NFQUEUE --queue-num 0 --queue-bypass
//   node examples/sni-filter.mjs social.example

/** The server name in a TLS ClientHello; `undefined` when there is none, or it is in a later segment. */
export function serverNameOf(record) {
  const be16 = (at) => (record[at] << 8) | record[at + 1]
  if (record[0] !== 22 || record[5] !== 1) return undefined // a handshake record, a ClientHello
  let at = 43 // record header 5, handshake header 4, version 2, random 32
  at += 1 + record[at] // session id
  at += 2 + be16(at) // cipher suites
  at += 1 + record[at] // compression methods
  const end = Math.min(at + 2 + be16(at), record.length)
  for (at += 2; at + 9 <= end; at += 4 + be16(at + 2)) {
    if (be16(at) !== 0) continue // extension 0 is server_name: list length 2, kind 1, name length 2, name
    const length = be16(at + 7)
    return at + 9 + length <= end
      ? String.fromCharCode(...record.subarray(at + 9, at + 9 + length)).toLowerCase()
      : undefined
  }
  return undefined
}

/** Drops connections to these names and everything below them; the client's retries are dropped as well, so it gives up. */
export function filter(names) {
  return (packet) => {
    const data = packet.ip?.tcp?.payload
    const name = data && data.length > 43 ? serverNameOf(data) : undefined
    if (name !== undefined && names.some((blocked) => name === blocked || name.endsWith(`.${blocked}`))) packet.drop()
    else packet.accept()
  }
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openQueue } = await import('@nfkit/nfqueue')
  const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
  process.once('SIGINT', () => queue.close())
  await queue.run(filter(process.argv.slice(2)))
}
