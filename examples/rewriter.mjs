// Packet rewriter: SSH first in line, and TCP segments that fit through a tunnel.
//
//   iptables -t mangle -A POSTROUTING -p tcp -j NFQUEUE --queue-num 0 --queue-bypass
//   node examples/rewriter.mjs 1360
import { rewrite } from '@nfkit/ip-codec'

const expedited = 46

/** Sets DSCP on SSH, and lowers the maximum segment size of connections that start. Checksums follow. */
export function rewriter(largestSegment) {
  return (packet) => {
    const { ip } = packet
    const tcp = ip?.tcp
    const changes = {}
    if (tcp?.sourcePort === 22 || tcp?.destinationPort === 22) changes.dscp = expedited
    if (tcp?.syn && tcp.mss > largestSegment) changes.tcp = { mss: largestSegment }
    if (Object.keys(changes).length === 0) packet.accept()
    else packet.accept({ payload: rewrite(ip, changes) })
  }
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openQueue } = await import('@nfkit/nfqueue')
  const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
  process.once('SIGINT', () => queue.close())
  await queue.run(rewriter(Number(process.argv[2] ?? 1360)))
}
