// dump first|warm|bytes|first-bytes|hand|first-hand ENTRIES: read the whole conntrack table, at once, or after some rounds of practice; then once more
// for the turns. A small table is read often for one figure. `bytes` only receives it, warm or at once: what Node needs to get at the entries, before
// one is read. `hand` reads them by hand: what an object an entry costs there, with nothing around it.
import { openConntrack } from '@nfkit/conntrack'
import { openMnl } from '@nfkit/mnl-native'
import { align, messageLength } from '@nfkit/netlink-codec'
import { conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage, netfilter } from '@nfkit/netlink-codec/nfnetlink'
import { Connection } from '@nfkit/netlink-transport'
import { entriesOf, lookAtEntry } from './flow-by-hand.mjs'
import { lookAtFlow } from './look-at-flow.mjs'
import { busyTurns } from './turn-clock.mjs'

const [, , mode, expected] = process.argv
/** A dump walks the kernel's whole table, which takes some milliseconds even where nearly nothing is in it. */
const dumps = (entries, most) => (mode.startsWith('first') ? 0 : Math.min(most, Math.round(entries / expected)))
const practice = dumps(1_000_000, 40)
const often = Math.max(1, dumps(200_000, 20))
const ways = { bytes: () => bytes(lengthsIn), hand: () => bytes(byHand) }
const { readAll, close } = await (ways[mode.replace('first-', '')] ?? flows)()
let sum = 0

/** `readAll` returns how many entries there were. */
async function flows() {
  const table = await openConntrack(openMnl())
  const readAll = async () => {
    let entries = 0
    for await (const flows of table.dump().batches()) {
      for (const flow of flows) sum ^= lookAtFlow(flow)
      entries += flows.length
    }
    return entries
  }
  return { readAll, close: () => table.close() }
}

/** `read` returns how many entries are in a datagram. */
function bytes(read) {
  const connection = new Connection(openMnl(), netfilter(conntrackMessage))
  const readAll = async () => {
    let entries = 0
    for await (const part of connection.dump(encodeMessage({ ...conntrackMessage.get, flags: 0 }, conntrack, {})))
      entries += read(part)
    return entries
  }
  return { readAll, close: () => connection.close() }
}

function lengthsIn(part) {
  let entries = 0
  for (let p = 0; p < part.length; p += align(messageLength(part, p, part.length))) entries++
  return entries
}

function byHand(part) {
  const entries = entriesOf(part)
  for (const entry of entries) sum ^= lookAtEntry(entry)
  return entries.length
}

for (let i = 0; i < practice; i++) await readAll()
const before = process.cpuUsage()
let entries = 0
for (let i = 0; i < often; i++) entries += await readAll()
const { user, system } = process.cpuUsage(before)
const resident = process.resourceUsage().maxRSS * 1024
let turns = {}
if (practice > 0) {
  const clock = busyTurns()
  for (let i = 0; i < often; i++) await readAll()
  const { longest, p999 } = clock.stop()
  turns = { longest: longest / 1e3, p999: p999 / 1e3 }
}
close()
console.log(
  JSON.stringify({ entries: entries / often, user: user / often, system: system / often, resident, ...turns, sum }),
)
