// addons FOLDER FOLDER: queue 1 through the addon of one checkout, queue 2 through that of another, in one thread.
import { join } from 'node:path'
import { openQueue } from '@nfkit/nfqueue'
import { lookAtPacket } from './look-at-packet.mjs'

let sum = 0
const queues = []
for (const folder of process.argv.slice(2)) {
  const { openMnl } = await import(join(folder, 'dist/index.js'))
  queues.push(await openQueue(openMnl(), { number: queues.length + 1 }))
}
for (const queue of queues)
  queue.run((packet) => {
    sum ^= lookAtPacket(packet)
    packet.accept()
  })
process.once('SIGTERM', async () => {
  await Promise.all(queues.map((queue) => queue.close()))
  console.log(JSON.stringify({ sum }))
  process.exit()
})
