// Hop limits: telnet is dropped, and what leaves has 64 hops, whatever system it is of.
//
//   iptables -t mangle -A POSTROUTING -p tcp -j NFQUEUE --queue-num 0 --queue-bypass
//   node examples/side-by-side/netfilterqueue.mjs
import { rewrite } from '@nfkit/ip-codec'

/** Judges a packet; its checksum follows what is changed. */
export function judge(packet) {
  const { ip } = packet
  if (ip?.tcp?.destinationPort === 23) packet.drop()
  else if (ip === undefined || ip.ttl === 64) packet.accept()
  else packet.accept({ payload: rewrite(ip, { ttl: 64 }) })
}

if (process.argv[1] === import.meta.filename) {
  const { openMnl } = await import('@nfkit/mnl-native')
  const { openQueue } = await import('@nfkit/nfqueue')
  const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
  process.once('SIGINT', () => queue.close())
  await queue.run(judge)
}
