// dump first|warm: read the whole conntrack table, at once, or after two rounds of practice; then once more for the longest turn.
import { openConntrack } from '@nfkit/conntrack'
import { openMnl } from '@nfkit/mnl-native'
import { lookAtFlow } from './look-at-flow.mjs'
import { busyTurns } from './turn-clock.mjs'

const practice = { first: 0, warm: 2 }[process.argv[2]]
const table = await openConntrack(openMnl())
let sum = 0

/** Returns how many entries there were. */
async function readAll() {
  let entries = 0
  for await (const flows of table.dump().batches()) {
    for (const flow of flows) sum ^= lookAtFlow(flow)
    entries += flows.length
  }
  return entries
}

for (let i = 0; i < practice; i++) await readAll()
const before = process.cpuUsage()
const entries = await readAll()
const { user, system } = process.cpuUsage(before)
const resident = process.resourceUsage().maxRSS * 1024
let longest
if (practice > 0) {
  const turns = busyTurns()
  await readAll()
  longest = turns.stop().longest / 1e3
}
table.close()
console.log(JSON.stringify({ entries, cpuMicroseconds: user + system, resident, longest, sum }))
