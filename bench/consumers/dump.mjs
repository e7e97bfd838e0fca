// dump once|thrice: read the whole conntrack table; the last time counts. Run with --expose-gc.
import { openConntrack } from '@nfkit/conntrack'
import { openMnl } from '@nfkit/mnl-native'
import { lookAtFlow } from './look-at-flow.mjs'
import { busyTurns } from './turn-clock.mjs'

const times = { once: 1, thrice: 3 }[process.argv[2]]
const table = await openConntrack(openMnl())
let entries = 0
let sum = 0
let cpu
let longest

for (let i = 0; i < times; i++) {
  entries = 0
  const before = process.cpuUsage()
  const turns = times > 1 && i === times - 1 ? busyTurns() : undefined
  for await (const flows of table.dump().batches()) {
    for (const flow of flows) sum ^= lookAtFlow(flow)
    entries += flows.length
  }
  longest = turns?.stop().longest
  const { user, system } = process.cpuUsage(before)
  cpu = user + system
}
table.close()
const resident = process.resourceUsage().maxRSS * 1024
console.log(JSON.stringify({ entries, cpuMicroseconds: cpu, resident, longest: longest && longest / 1e3, sum }))
