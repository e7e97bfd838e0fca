import { setTimeout as sleep } from 'node:timers/promises'
import type { Channel } from './channel.ts'
import type { Docket, Tell } from './docket.ts'
import { commandMessage } from './settings.ts'

/** How long each of the last words with the kernel may take. */
const closingMilliseconds = 1_000

/** Judge what is pending, unbind, and let go of the channel. Whatever fails on the way is told, and the rest is done. */
export async function shut(number: number, channel: Channel, docket: Docket, tell: Tell): Promise<void> {
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
    docket.overflow.look()
    await attempt(() => channel.request(commandMessage(number, 'unbind'), options))
  }
  docket.overflow.look()
  await attempt(() => Promise.race([docket.close(), sleep(closingMilliseconds, undefined, { ref: false })]))
  if (!channel.ended) await unbind()
  await attempt(() => channel.remove(number))
}
