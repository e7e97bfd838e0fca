import { accept, addTo, counter, drop, ip, ipv4Address, limit, table, tcp } from '@nfkit/nftables'

const fw = table('inet', 'fw')
const input = fw.chain('input', { hook: 'input', policy: 'accept' })
const banned = fw.set('banned', { key: ipv4Address, timeouts: true, dynamic: true })

export default [
  fw,
  banned,
  input,
  banned.element('203.0.113.9', { timeoutSeconds: 60 }),
  input.rule(ip.saddr.in(banned), counter(), drop()),
  // Whoever knocks at telnet's door is banned for a while.
  input.rule(tcp.dport.is(23), addTo(banned, ip.saddr, { timeoutSeconds: 30 }), drop()),
  input.rule(tcp.dport.is(22), limit(3, { per: 'minute', burst: 3 }), accept()),
  input.rule(tcp.dport.is(22), drop()),
]
