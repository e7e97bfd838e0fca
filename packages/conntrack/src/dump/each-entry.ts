import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { isMissing } from '../entry/get.ts'

/** Do something to the flows of the batches, a batch at a time; resolves to how many there were. One that is gone by then is not counted. */
export async function eachEntry(
  batches: AsyncIterable<readonly Flow[]>,
  act: (flow: Flow) => Promise<void>,
): Promise<number> {
  let done = 0
  const one = async (flow: Flow) => {
    try {
      await act(flow)
      done++
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
  for await (const batch of batches) await Promise.all(batch.map(one))
  return done
}
