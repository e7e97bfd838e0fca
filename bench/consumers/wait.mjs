// wait QUEUE COUNT [option=value …]: each packet is judged when so many have come after it, or when none comes for a while.
import { lineOf } from './line.mjs'
import { look, queue, words } from './queue.mjs'

const { turn, room } = lineOf(Number(words[0]))

await queue.run(
  async (packet) => {
    look(packet)
    await turn()
    packet.accept()
  },
  { concurrency: room },
)
