import { look, queue } from './queue.mjs'

for await (const packet of queue) {
  look(packet)
  packet.accept()
}
