import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import { lookAtPacket } from './look-at-packet.mjs'

const [number, ...rest] = process.argv.slice(2)
const [first, last = first] = number.split(':').map(Number)
const numbers = (text) => (text === '1' ? true : Number(text))
const given = rest.map((text) => text.split('=')).filter(([, value]) => value !== undefined)
const options = Object.fromEntries(given.map(([key, value]) => [key, numbers(value)]))

/** What the command line says besides. */
export const words = rest.filter((text) => !text.includes('='))

const transport = openMnl()
/** The queues of the command line, `NUMBER|FIRST:LAST [option=value …]`, on one socket, with defaults otherwise. */
export const queues = await Promise.all(
  Array.from({ length: last - first + 1 }, (_, i) => openQueue(transport, { number: first + i, ...options })),
)
export const [queue] = queues

let sum = 0

/** Look at a packet, at what the reference programs look at too. */
export function look(packet) {
  sum ^= lookAtPacket(packet)
}

/** What is told at the end besides the queue's counts: functions by name. */
export const more = {}

process.once('SIGTERM', async () => {
  const stats = queue.stats()
  await Promise.all(queues.map((one) => one.close()))
  const told = Object.entries(more).map(([key, tell]) => [key, tell()])
  console.log(JSON.stringify({ ...stats, ...Object.fromEntries(told), sum }))
  process.exit()
})
