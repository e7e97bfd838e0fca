// HTTP rewriter: every request leaves with another User-Agent, longer or shorter than the browser's.
// Tested on a real kernel, too.
//
//   iptables -A OUTPUT -p tcp --dport 80 -j NFQUEUE --queue-num 0 --queue-bypass
//   iptables -A INPUT -p tcp --sport 80 -j NFQUEUE --queue-num 0 --queue-bypass
//   node examples/http-rewriter.mjs 'Mozilla/5.0 (like everybody)'
import { utf8 } from '@nfkit/inet/bytes'
import { Tracker } from '@nfkit/streams'
import { httpRequests } from '@nfkit/streams/http'

/**
 * Replaces the value of a header line of every request, however its head is cut into segments. Sequence numbers, acknowledgments and checksums
 * of both directions follow.
 */
export function rewriter(name, value) {
  const inserted = utf8(value)
  const editsOf = ({ fields }) =>
    fields
      .filter((field) => field.name === name)
      .map(({ start, end }) => ({ at: start, removed: end - start, inserted }))
  const tracker = new Tracker({
    judge(connection) {
      const requests = httpRequests()
      let isHeld = false
      // What has gone on cannot be changed: the first segments of a head wait for the last.
      const hold = () => {
        isHeld = true
        connection.holdUntil(() => {
          isHeld = requests.isAmidst
          return isHeld ? undefined : 'accept'
        })
      }
      connection.client.rewrite((chunk) => {
        const heads = requests.push(chunk)
        if (requests.isAmidst && !isHeld) hold()
        return heads.flatMap(editsOf)
      })
    },
  })
  return tracker.handler
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openQueue } = await import('@nfkit/nfqueue')
  const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
  process.once('SIGINT', () => queue.close())
  await queue.run(rewriter('user-agent', process.argv[2] ?? 'nfkit'))
}
