// DNS blocker: answers about unwanted names become "no such name" on their way in; over TCP they do not come at all.
// Tested on a real kernel, too.
//
//   iptables -A INPUT -p udp --sport 53 -j NFQUEUE --queue-num 0 --queue-bypass
//   iptables -A INPUT -p tcp --sport 53 -j NFQUEUE --queue-num 0 --queue-bypass
//   iptables -A OUTPUT -p tcp --dport 53 -j NFQUEUE --queue-num 0 --queue-bypass
//   node examples/dns-blocker.mjs ads.example tracker.example
import { rewrite } from '@nfkit/ip-codec'
import { Tracker } from '@nfkit/streams'
import { decodeDns, dnsMessages } from '@nfkit/streams/dns'

/** The same answer as NXDOMAIN: the question stays, the records go. */
export function noSuchName(message) {
  const question = message.indexOf(0, 12) + 5
  const answer = message.slice(0, question)
  answer[3] = (answer[3] & 0xf0) | 3
  answer.fill(0, 6, 12)
  return answer
}

/** A handler that blocks these names and everything below them. */
export function blocker(names) {
  const isBlocked = ({ questions }) =>
    questions.some(({ name }) => names.some((blocked) => name === blocked || name.endsWith(`.${blocked}`)))
  const tracker = new Tracker({
    /** A client that asks for a blocked name, or says what is no query, gets nothing more on this connection. */
    async judge(connection) {
      const queries = dnsMessages()
      try {
        for await (const chunk of connection.client) if (queries.push(chunk).some(isBlocked)) return 'drop'
      } catch {
        return 'drop' // what is no query to us may be followed by one
      }
    },
  })
  return (packet) => {
    const { ip } = packet
    const message = ip?.udp?.payload
    if (message === undefined) return tracker.push(packet)
    if (isRead(message, isBlocked)) packet.accept({ payload: rewrite(ip, { payload: noSuchName(message) }) })
    else packet.accept()
  }
}

function isRead(message, isBlocked) {
  try {
    return isBlocked(decodeDns(message))
  } catch {
    return false // nonsense is the client's to refuse
  }
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openQueue } = await import('@nfkit/nfqueue')
  const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
  process.once('SIGINT', () => queue.close())
  await queue.run(blocker(process.argv.slice(2)))
}
