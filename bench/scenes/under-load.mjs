import { setTimeout as sleep } from 'node:timers/promises'
import { queueNumber } from '../contestants.mjs'
import { generate } from '../generator.mjs'
import { options } from '../options.mjs'
import { Running } from '../process.mjs'

/** Packets as fast as they are judged: few of them, one by one, would leave a program uncompiled for a minute. */
export const saturate = (seconds) => generate('window', 64, [seconds, 64], { gso: true })

/** C is compiled already. */
const warmupOf = ({ argv }) => (argv[0] === process.execPath ? options.warmup : Math.min(options.warmup, 0.3))

/**
 * Start a consumer of `queues`, first and how many, `warm` it up for some seconds, and measure it while `load` lasts. Returns the load's counts, and of the
 * consumer what it spent meanwhile, what its queue lost, and what it said at its end.
 */
export async function underLoad(contestant, warm, load, more = () => ({})) {
  const consumer = new Running(contestant.argv)
  const queues = contestant.queues ?? [queueNumber, 1]
  try {
    await consumer.bound(...queues)
    await sleep(50)
    await warm(warmupOf(contestant))
    const queueBefore = consumer.queue(...queues)
    const before = { cpu: consumer.cpu(), resident: consumer.resident(), ...more() }
    const counts = await load()
    const left = await drained(consumer, queues)
    if (left > 0) throw new Error(`${left} packets still without verdict a second after the last one was sent`)
    if (!consumer.alive) throw new Error(`${contestant.name} ended: ${consumer.complaint}`)
    const after = { cpu: consumer.cpu(), resident: consumer.resident(), ...more() }
    const queue = consumer.queue(...queues)
    const change = Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]]))
    return {
      counts,
      change,
      resident: after.resident,
      refused: queue.refused - queueBefore.refused,
      overrun: queue.overrun - queueBefore.overrun,
      totals: queue,
      said: await consumer.stop(),
    }
  } finally {
    if (consumer.alive) await consumer.stop()
  }
}

/** Wait for the queue to be empty; returns how many packets still wait after a second. */
async function drained(consumer, queues) {
  const waiting = () => consumer.queue(...queues)?.waiting ?? 0
  for (let i = 0; i < 100 && consumer.alive && waiting() > 0; i++) await sleep(10)
  return waiting()
}
