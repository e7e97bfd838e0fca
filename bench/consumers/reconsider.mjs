// reconsider COUNT: how long it takes to make all verdicts void, so many times, with the connections there are, all of which have one.
import { openConntrack } from '@nfkit/conntrack'
import { openFirewall } from '@nfkit/firewall'
import { openMnl } from '@nfkit/mnl-native'
import { quantile } from '../statistics.mjs'

const firewall = await openFirewall({
  transport: openMnl,
  name: 'bench',
  hooks: ['input', 'output'],
  absent: 'accept',
  judge: () => 'accept',
})
const accepted = { value: 0x0100_0000, mask: 0xff00_0000 }
const table = await openConntrack(openMnl())
const connections = await table.update({ where: () => true }, { mark: accepted })
table.close()

const took = []
// The first few warm up.
for (let i = -5; i < Number(process.argv[2]); i++) {
  const start = performance.now()
  await firewall.reconsider()
  if (i >= 0) took.push(performance.now() - start)
}
await firewall.close()
console.log(
  JSON.stringify({ connections, p50: quantile(took, 0.5), p99: quantile(took, 0.99), longest: Math.max(...took) }),
)
