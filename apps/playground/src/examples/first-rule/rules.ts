import { accept, counter, ct, drop, ip, table, tcp } from '@nfkit/nftables'

const fw = table('inet', 'fw')
const input = fw.chain('input', { hook: 'input', policy: 'drop' })

export default [
  fw,
  input,
  input.rule(ct.state.in(['established', 'related']), accept()),
  input.rule(ip.saddr.is('203.0.113.0/24'), counter(), drop()),
  input.rule(tcp.dport.in([22, 443]), counter(), accept()),
]
