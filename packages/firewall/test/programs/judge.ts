import { openMnl } from '@nfkit/mnl-native'
import { openFirewall } from '../../src/index.ts'

/** A firewall in a process of its own, which says when it judges, and waits to be killed. Its judge never answers for port 4002. */
const [absent, verdict] = process.argv.slice(2) as ['accept' | 'drop', 'accept' | 'reject']
const firewall = await openFirewall({
  transport: openMnl,
  name: 'killed',
  hooks: ['output'],
  match: ['tcp dport { 4000, 4001, 4002 }', 'udp dport { 4000, 4001, 4002 }'],
  absent,
  judge: ({ destination }) => {
    if (destination?.port !== 4002) return verdict
    console.log('waiting')
    return new Promise(() => {})
  },
})
firewall.on('trouble', (error) => console.error(error))
console.log('judging')
setInterval(() => {}, 1_000)
