import { generate } from '../generator.mjs'
import { Consumer } from './consumer.mjs'

/** Packets as fast as they are judged, `away` of them on their way, of `size` bytes each: few of them, one by one, would leave a program uncompiled for a minute. */
export const saturate = (seconds, { size = 64, away = 64, ...way } = {}) =>
  generate('window', size, [seconds, away], { gso: true, ...way })

/** Start a contestant, `warm` it up for some seconds, and measure it while `load` lasts; what it said at its end is there besides. */
export async function underLoad(contestant, warm, load, more) {
  const consumer = new Consumer(contestant, { more })
  try {
    await consumer.warm(warm)
    return { ...(await consumer.measure(load)), said: await consumer.stop() }
  } finally {
    await consumer.stop()
  }
}
