/**
 * Claim: a dump to flows, each of which is looked at, costs less than 1 µs of this process's own processor time an entry.
 * Prints one number: µs, the kernel's part left out, the median of dumps of 100,000 entries. Needs root and a network namespace of its
 * own; `npm run bench -- --only dump` at the root gives ratios to programs in C.
 */
import { openMnl } from '@nfkit/mnl-native'
import { openConntrack } from '../src/index.ts'
import { fill } from '../test/fill.ts'

const entries = 100_000

await using ct = await openConntrack(openMnl())
if ((await ct.count()) > 0) throw new Error('the table is not empty: run this in a network namespace of its own')
const transport = openMnl()
fill(transport, entries)
transport.close()

const rounds: number[] = []
for (let round = 0; round < 9; round++) {
  const start = process.cpuUsage()
  let sum = 0
  for await (const flows of ct.dump().batches())
    for (const { original, reply, mark = 0, status = 0 } of flows)
      sum += mark + status + (original.sourcePort ?? 0) + (reply.destinationPort ?? 0)
  if (sum === 0) throw new Error('nothing was read')
  rounds.push(process.cpuUsage(start).user / entries)
}
await ct.flush()
console.log(rounds.sort((a, b) => a - b)[rounds.length >> 1]!.toFixed(2))
