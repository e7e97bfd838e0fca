// SNI filter: the name a client asks for in the hello of TLS or QUIC, wherever segments, records and datagrams cut it.
// Tested on a real kernel, too.
//
//   iptables -A OUTPUT -p tcp --dport 443 -j NFQUEUE --queue-num 0 --queue-bypass
//   iptables -A OUTPUT -p udp --dport 443 -j NFQUEUE --queue-num 0 --queue-bypass
//   node examples/sni-filter.mjs social.example
import { Tracker } from '@nfkit/streams'
import { QuicReader } from '@nfkit/streams/quic'
import { clientHellos } from '@nfkit/streams/tls'

const handshake = { mostAtOnce: 10_000, milliseconds: 30_000 }

/** Drops connections to these names and everything below them, and what is neither TLS nor QUIC. Retries are dropped as well, so clients give up. */
export function filter(names) {
  const isBlocked = ({ serverName: name }) =>
    name !== undefined && names.some((blocked) => name === blocked || name.endsWith(`.${blocked}`))
  const tracker = new Tracker({ judge: (connection) => judgeTls(connection, isBlocked) })
  const judgeQuic = quicJudge(isBlocked)
  return (packet) => {
    const datagram = packet.ip?.udp?.payload
    // A short header: the handshake, if there was one, is over.
    if (datagram === undefined || datagram[0] < 0x80) return tracker.push(packet)
    return judgeQuic(packet, datagram)
  }
}

/** Holds the hello until its name is known. A second one may follow, when the server asked for it: it is read as it passes. */
async function judgeTls(connection, isBlocked) {
  const first = clientHellos()
  const held = connection.holdUntil(({ chunk }) => verdictOn(first, chunk, isBlocked))
  const both = clientHellos()
  for await (const chunk of connection.client) {
    if (verdictOn(both, chunk, isBlocked) === 'drop') return 'drop'
    if (both.done) break
  }
  return held
}

function verdictOn(reader, chunk, isBlocked) {
  try {
    const hellos = reader.push(chunk)
    if (hellos.some(isBlocked)) return 'drop'
    return hellos.length > 0 ? 'accept' : undefined
  } catch {
    return 'drop' // what is no hello to us may be one to the server
  }
}

/** A server without the datagram that completes a hello has no hello: the others may pass. */
function quicJudge(isBlocked) {
  const readers = new Map()
  return async (packet, datagram) => {
    const { source, sourcePort, destination } = packet.ip
    const ends = `${source} ${sourcePort} ${destination}`
    if (!readers.has(ends)) {
      if (readers.size === handshake.mostAtOnce) return packet.drop()
      readers.set(ends, new QuicReader())
      setTimeout(() => readers.delete(ends), handshake.milliseconds).unref()
    }
    const hellos = await readers
      .get(ends)
      .read('client', datagram)
      .catch(() => undefined)
    if (hellos === undefined || hellos.some(isBlocked)) packet.drop()
    else packet.accept()
  }
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openQueue } = await import('@nfkit/nfqueue')
  const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'drop' }) // half a hello is none
  process.once('SIGINT', () => queue.close())
  await queue.run(filter(process.argv.slice(2)))
}
