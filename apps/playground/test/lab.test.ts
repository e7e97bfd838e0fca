import { expect, test } from 'vitest'
import { compile } from '../src/compile/compile.ts'
import { Lab } from '../src/lab/lab.ts'

const network = {
  interfaces: [
    { name: 'eth0', addresses: ['192.0.2.1'] },
    { name: 'eth1', addresses: ['10.0.0.1'] },
  ],
  hosts: [
    { name: 'client', address: '192.0.2.7', via: 'eth0' },
    { name: 'server', address: '10.0.0.5', via: 'eth1' },
  ],
}
test('x', async () => {
  const lab = await Lab.begin({
    network,
    rules: {
      kind: 'code',
      text: compile(`import { accept, counter, queue, table, tcp } from '@nfkit/nftables'
const fw = table('inet', 'fw')
const input = fw.chain('input', { hook: 'input', policy: 'drop' })
const fwd = fw.chain('fwd', { hook: 'forward', policy: 'accept' })
export default [fw, input, fwd, input.rule(tcp.dport.is(22), counter(), queue(0)), input.rule(tcp.dport.is(80), accept())]`),
    },
    judge: compile(`import type { Packet } from '@nfkit/nfqueue'
export default (p: Packet) => { console.log('saw', p.ip?.source); p.accept({ connmark: 7 }) }`),
  })
  await lab.send('tcp 192.0.2.7:4000 > 192.0.2.1:22 syn')
  await lab.send('tcp 192.0.2.7:4000 > 192.0.2.1:23 syn')
  console.log(JSON.stringify(await lab.scene(), null, 1))
  await lab.talk({ from: '192.0.2.7', to: '10.0.0.5:80', bytes: 3000 })
  console.log(await lab.scene())
})
