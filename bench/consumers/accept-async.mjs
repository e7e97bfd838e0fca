import { look, queue } from './queue.mjs'

await queue.run(async (packet) => {
  await undefined
  look(packet)
  packet.accept()
})
