import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import { lookAtPacket } from './look-at-packet.mjs'

const [number, ...rest] = process.argv.slice(2)
const numbers = (text) => (text === '1' ? true : Number(text))

/** The queue of the command line, `NUMBER [option=value …]`, with defaults otherwise. */
export const queue = await openQueue(openMnl(), {
  number: Number(number),
  ...Object.fromEntries(rest.map((option) => option.split('=')).map(([key, value]) => [key, numbers(value)])),
})

let sum = 0

/** Look at a packet, at what the reference programs look at too. */
export function look(packet) {
  sum ^= lookAtPacket(packet)
}

/** What is told at the end besides the queue's counts: functions by name. */
export const more = {}

process.once('SIGTERM', async () => {
  const stats = queue.stats()
  await queue.close()
  const told = Object.entries(more).map(([key, tell]) => [key, tell()])
  console.log(JSON.stringify({ ...stats, ...Object.fromEntries(told), sum }))
  process.exit()
})
