// wait QUEUE COUNT [option=value …]: each packet is judged when so many have come after it, or when none comes for a while.
import { look, queue, words } from './queue.mjs'

const count = Number(words[0])
const pauseMilliseconds = 20
const room = 2 ** 15
/** What lets packets go that wait, oldest first. */
const waiting = new Array(room)
let oldest = 0
let newest = 0

const release = () => waiting[oldest++ % room]()
const turn = () =>
  new Promise((resolve) => {
    waiting[newest++ % room] = resolve
    if (newest - oldest > count) release()
  })

let seen = 0
setInterval(() => {
  if (newest === seen) while (oldest < newest) release()
  seen = newest
}, pauseMilliseconds)

await queue.run(
  async (packet) => {
    look(packet)
    await turn()
    packet.accept()
  },
  { concurrency: room },
)
