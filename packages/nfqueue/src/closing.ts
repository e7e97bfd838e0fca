import { errno } from '@nfkit/netlink-codec'
import { NetlinkError } from '@nfkit/netlink-transport'
import type { Tell } from './events.ts'
import type { InFlight } from './judging/in-flight.ts'
import { sleep } from './platform.ts'
import { commandMessage } from './settings/settings.ts'
import type { Channel } from './socket/channel.ts'

/** How long judging what is pending, and each of the last words with the kernel, may take. */
const closingMilliseconds = 1_000
/** How long words the socket refuses, or nothing answers, are said again; the pause before doubles each time. */
const insistMilliseconds = 2_000
const firstPause = 2
const longestPause = 128

/** Judge what is pending, unbind, and let go of the channel. A step that fails is told, and the rest is done. */
export async function shut(number: number, channel: Channel, inFlight: InFlight, tell: Tell): Promise<void> {
  const attempt = async (step: () => unknown): Promise<void> => {
    try {
      await step()
    } catch (error) {
      tell('trouble', error as Error)
    }
  }
  inFlight.overflow.look()
  await attempt(() => atMost(closingMilliseconds, inFlight.close('closing')))
  const end = performance.now() + insistMilliseconds
  // Its answer comes behind every packet queued before, and those are judged on the way.
  if (!channel.ended) await attempt(() => insist(channel, commandMessage(number, 'pfBind'), end))
  inFlight.overflow.look()
  if (!channel.ended) await attempt(() => unbind(number, channel, end))
  await attempt(() => channel.remove(number))
}

/** The kernel drops what waits, and what is on its way here, when it hears of it: from then on no verdict is given. */
async function unbind(number: number, channel: Channel, end: number): Promise<void> {
  let heard = false
  const sent = () => {
    heard = true
    channel.unbound(number)
  }
  try {
    await insist(channel, commandMessage(number, 'unbind'), end, sent)
  } catch (error) {
    // It has heard it before, and its answer was lost.
    if (error instanceof NetlinkError && error.errno === errno.ENODEV) return
    if (heard || !channel.isShared) throw error
    const consequence = 'its packets wait without a reader until the other queues on its socket are closed, too'
    throw new Error(`queue ${number} could not be unbound: ${consequence}`, { cause: error })
  }
}

/** Ask for something behind all verdicts given, and again until the kernel answers, but not after `end`, on the clock of `performance.now()`. */
async function insist(channel: Channel, message: Uint8Array, end: number, sent?: () => void): Promise<void> {
  for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
    await atMost(end - performance.now(), channel.emptied())
    try {
      await channel.request(message, { timeoutMilliseconds: closingMilliseconds, sent })
      return
    } catch (error) {
      if (error instanceof NetlinkError || channel.ended || performance.now() + pause > end) throw error
    }
    await sleep(pause)
  }
}

/** Waits for a promise, but not longer than so many milliseconds. */
export async function atMost(milliseconds: number, promise: Promise<void>): Promise<void> {
  await Promise.race([promise, sleep(Math.max(milliseconds, 0), true)])
}
