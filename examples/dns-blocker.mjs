// DNS blocker: answers about unwanted names become "no such name" on their way in.
// Tested on a real kernel, too.
//
//   iptables -A INPUT -p udp --sport 53 -j NFQUEUE --queue-num 0 --queue-bypass
//   node examples/dns-blocker.mjs ads.example tracker.example
import { rewrite } from '@nfkit/ip-codec'

/** The name a DNS message asks about; `undefined` when it is cut or compressed, which questions never are. */
export function questionOf(message) {
  const labels = []
  for (let at = 12; at < message.length; at += message[at] + 1) {
    const length = message[at]
    if (length === 0) return labels.join('.').toLowerCase()
    if (length > 63 || at + 1 + length > message.length) return undefined
    labels.push(String.fromCharCode(...message.subarray(at + 1, at + 1 + length)))
  }
  return undefined
}

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
  const isBlocked = (name) => names.some((blocked) => name === blocked || name.endsWith(`.${blocked}`))
  return (packet) => {
    const { ip } = packet
    const message = ip?.udp?.payload
    const name = message && questionOf(message)
    if (name === undefined || !isBlocked(name)) packet.accept()
    else packet.accept({ payload: rewrite(ip, { payload: noSuchName(message) }) })
  }
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openQueue } = await import('@nfkit/nfqueue')
  const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
  process.once('SIGINT', () => queue.close())
  await queue.run(blocker(process.argv.slice(2)))
}
