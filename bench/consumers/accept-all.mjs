import { look, queues } from './queue.mjs'

const judge = (packet) => {
  look(packet)
  packet.accept()
}
await Promise.all(queues.map((queue) => queue.run(judge)))
