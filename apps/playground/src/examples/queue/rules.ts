import { accept, ct, queue, table, tcp } from '@nfkit/nftables'

const fw = table('inet', 'fw')
const forward = fw.chain('forward', { hook: 'forward', policy: 'drop' })

export default [
  fw,
  forward,
  // What was judged once goes on without a program.
  forward.rule(ct.mark.is(1), accept()),
  forward.rule(ct.mark.is(2), tcp.dport.is(443), accept()),
  forward.rule(tcp.dport.in([80, 443]), queue(0)),
]
