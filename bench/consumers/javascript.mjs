// javascript HANDLER FILE ROUNDS: what a packet costs in JavaScript alone, from datagram to verdict message: no kernel, no socket.
// Nanoseconds a packet, each round. HANDLER is accept, async or iterate.
import { openQueue } from '@nfkit/nfqueue'
import { lookAtPacket } from './look-at-packet.mjs'
import { MemoryTransport } from './memory-transport.mjs'

const [handler, file, rounds] = process.argv.slice(2)
const burst = 32
const packetsPerRound = 200_000
const transport = new MemoryTransport(file, burst)
const queue = await openQueue(transport, { number: 1 })
let sum = 0

const judge = (packet) => {
  sum ^= lookAtPacket(packet)
  packet.accept()
}
const handlers = {
  accept: () => queue.run(judge),
  async: () =>
    queue.run(async (packet) => {
      await undefined
      judge(packet)
    }),
  async iterate() {
    for await (const packet of queue) judge(packet)
  },
}
handlers[handler]()

const turn = () => new Promise((resolve) => setImmediate(resolve))
const took = []
for (let round = 0; round < 2 + Number(rounds); round++) {
  const before = process.cpuUsage()
  for (let done = 0; done < packetsPerRound; ) {
    const verdicts = transport.verdicts
    done += transport.deliver()
    while (transport.verdicts < verdicts + burst) await turn()
  }
  const { user, system } = process.cpuUsage(before)
  if (round >= 2) took.push(((user + system) * 1e3) / packetsPerRound)
}
console.log(JSON.stringify({ took, sum }))
process.exit()
