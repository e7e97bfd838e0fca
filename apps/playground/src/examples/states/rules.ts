import { accept, counter, ct, drop, meta, table } from '@nfkit/nftables'

const fw = table('inet', 'fw')
const forward = fw.chain('forward', { hook: 'forward', policy: 'drop' })

export default [
  fw,
  forward,
  forward.rule(ct.state.in(['invalid']), counter(), drop()),
  forward.rule(ct.state.in(['established', 'related']), counter(), accept()),
  // New connections come from the inside.
  forward.rule(meta.iifname.is('eth1'), ct.state.in(['new']), counter(), accept()),
]
