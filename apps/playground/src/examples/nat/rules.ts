import { accept, ct, dnat, drop, masquerade, meta, table, tcp } from '@nfkit/nftables'

const nat = table('ip', 'nat')
const prerouting = nat.chain('prerouting', { type: 'nat', hook: 'prerouting', priority: 'dstnat' })
const postrouting = nat.chain('postrouting', { type: 'nat', hook: 'postrouting', priority: 'srcnat' })
const fw = table('inet', 'fw')
const forward = fw.chain('forward', { hook: 'forward', policy: 'drop' })

export default [
  nat,
  prerouting,
  postrouting,
  fw,
  forward,
  prerouting.rule(meta.iifname.is('eth0'), tcp.dport.is(8080), dnat({ address: '10.0.0.5', port: 80 })),
  postrouting.rule(meta.oifname.is('eth0'), masquerade()),
  forward.rule(ct.state.in(['established', 'related']), accept()),
  forward.rule(ct.status.in(['dnat']), accept()),
  forward.rule(meta.iifname.is('eth1'), accept()),
  forward.rule(drop()),
]
