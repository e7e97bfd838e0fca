import { look, queue } from './queue.mjs'

await queue.run((packet) => {
  look(packet)
  packet.accept({ payload: packet.payload })
})
