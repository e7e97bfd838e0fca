import { setTimeout as sleep } from 'node:timers/promises'
import type { Tell } from './events.ts'
import type { InFlight } from './judging/in-flight.ts'
import { commandMessage } from './settings/settings.ts'
import type { Channel } from './socket/channel.ts'

/** How long each of the last words with the kernel may take. */
const closingMilliseconds = 1_000

/** Judge what is pending, unbind, and let go of the channel. A step that fails is told, and the rest is done. */
export async function shut(number: number, channel: Channel, inFlight: InFlight, tell: Tell): Promise<void> {
  const attempt = async (step: () => unknown): Promise<void> => {
    try {
      await step()
    } catch (error) {
      tell('trouble', error as Error)
    }
  }
  const options = { timeoutMilliseconds: closingMilliseconds }
  const unbind = async (): Promise<void> => {
    // Its answer comes behind every packet queued before, and those are judged on the way.
    await attempt(() => channel.request(commandMessage(number, 'pfBind'), options))
    inFlight.overflow.look()
    await attempt(() => channel.request(commandMessage(number, 'unbind'), options))
  }
  inFlight.overflow.look()
  await attempt(() => Promise.race([inFlight.close(), sleep(closingMilliseconds, undefined, { ref: false })]))
  if (!channel.ended) await unbind()
  await attempt(() => channel.remove(number))
}
