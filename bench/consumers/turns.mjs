import { look, more, queue } from './queue.mjs'
import { busyTurns } from './turn-clock.mjs'

/** Turns until the code is compiled: fewer than the warm-up has. */
const warm = 400
const clock = busyTurns(warm)
more.turns = () => clock.stop()

await queue.run((packet) => {
  look(packet)
  packet.accept()
})
