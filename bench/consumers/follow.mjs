import { Tracker } from '@nfkit/streams'
import { look, queue } from './queue.mjs'

const tracker = new Tracker({ judge() {} })

await queue.run((packet) => {
  look(packet)
  return tracker.push(packet)
})
