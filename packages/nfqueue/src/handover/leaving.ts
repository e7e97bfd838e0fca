import { check } from '@nfkit/netlink-transport'
import { atMost } from '../closing.ts'
import type { InFlight } from '../judging/in-flight.ts'
import { sleep } from '../platform.ts'
import type { Channel } from '../socket/channel.ts'
import { type Handover, handoverOf } from './handover.ts'

/** How a queue is handed over. */
export interface HandOverOptions {
  /** How long packets that were read may take for their verdict; 1,000 by default. Those that take longer go back to the kernel. */
  readonly milliseconds?: number | undefined
}

const names: check.OptionNames<HandOverOptions> = { milliseconds: true }

/** Returns the time, checked. */
export function handOverTime(options: HandOverOptions): number {
  const { milliseconds = 1_000 } = check.options('handOver', options, names)
  return check.milliseconds('milliseconds', milliseconds)
}

/** How long sending the last verdicts may take. */
const sendingMilliseconds = 1_000

/** Read no more, have judged what was read, give back the rest, and let go of the channel without unbinding. */
export async function leave(channel: Channel, inFlight: InFlight, milliseconds: number): Promise<Handover> {
  const { number, pending, overflow } = inFlight
  channel.reading.stop()
  const end = performance.now() + milliseconds
  // Packets of the burst that is being delivered are pending when the turn is over.
  do await sleep(1)
  while (pending.size > 0 && performance.now() < end)
  const returned = pending.size
  await atMost(sendingMilliseconds, inFlight.close('handover'))
  channel.remove(number, 'handover')
  return handoverOf(number, overflow.lastId, returned)
}
