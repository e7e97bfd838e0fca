/**
 * How long packets take through the simulated kernel, a queue and a handler: `npm run bench -w @nfkit/simulator`, after a build.
 *
 * Each run delivers `PACKETS` (100,000), in bursts of 512 that wait for their outcomes together, and is told in processor time,
 * garbage collection included. The first runs are cold; the last line is the median of all.
 */
import { udp } from '@nfkit/ip-codec/build'
import { openQueue } from '@nfkit/nfqueue'
import { SimulatedKernel } from '../src/kernel.ts'

const packets = Number(process.env.PACKETS ?? 100_000)
const runs = Number(process.env.RUNS ?? 5)
const burst = 512
const bytes = udp('192.0.2.1:4000 > 198.51.100.2:53', { payload: new Uint8Array(64) })

async function run() {
  const kernel = new SimulatedKernel()
  const queue = await openQueue(kernel.connect(), { number: 0, maxLength: burst })
  queue.run((packet) => packet.accept({ mark: packet.id }))
  const before = process.cpuUsage()
  let accepted = 0
  for (let sent = 0; sent < packets; sent += burst) {
    const outcomes = []
    for (let i = sent; i < Math.min(sent + burst, packets); i++) outcomes.push(kernel.deliver(bytes))
    for (const { verdict } of await Promise.all(outcomes)) if (verdict === 'accept') accepted++
  }
  const { user, system } = process.cpuUsage(before)
  await queue.close()
  if (accepted !== packets) throw new Error(`${accepted} of ${packets} packets were accepted`)
  return (user + system) / 1e6
}

const seconds = []
for (let i = 0; i < runs; i++) {
  seconds.push(await run())
  console.log(`${packets} packets: ${seconds.at(-1).toFixed(2)} s of processor time`)
}
const median = seconds.toSorted((a, b) => a - b)[runs >> 1]
console.log(`median ${median.toFixed(2)} s, ${((median / packets) * 1e6).toFixed(2)} µs a packet`)
