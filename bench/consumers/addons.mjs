// addons FOLDER: queue 1 through this checkout's addon, queue 2 through that of another, in one thread.
import { join } from 'node:path'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import { lookAtPacket } from './look-at-packet.mjs'

const other = await import(join(process.argv[2], 'dist/index.js'))
let sum = 0
const queues = await Promise.all(
  [openMnl(), other.openMnl()].map((transport, i) => openQueue(transport, { number: i + 1 })),
)
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
