import { look, more, queue } from './queue.mjs'
import { busyTurns } from './turn-clock.mjs'

/** Turns until the code is compiled. */
const warm = 1_000
const clock = busyTurns(warm)
more.turns = () => clock.stop()

await queue.run((packet) => {
  look(packet)
  packet.accept()
})
