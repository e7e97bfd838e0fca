import { Tracker } from '@nfkit/streams'
import { look, more, queue } from './queue.mjs'

let heard = 0
const listener = (chunk) => {
  heard += chunk.length
}

const tracker = new Tracker({
  judge({ client, server }) {
    client.listen(listener)
    server.listen(listener)
  },
})
more.heard = () => heard

await queue.run((packet) => {
  look(packet)
  return tracker.push(packet)
})
