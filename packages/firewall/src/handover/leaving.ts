import type { HandOverOptions } from '@nfkit/nfqueue'
import type { Assembly } from '../assembly/assembly.ts'
import type { Sockets } from '../assembly/closing.ts'
import type { FirewallHandover } from './handover.ts'

/**
 * Judge no more, and leave everything in the kernel to who has the sockets next; resolves to what that must know. Rejects as `queue.handOver` does.
 */
export async function letGo(
  { nft, queue, table, sockets }: Sockets,
  { bench, change, listed, numbers }: Assembly,
  options: HandOverOptions,
): Promise<Pick<FirewallHandover, 'queue' | 'epochs' | 'decided' | 'lists'>> {
  await change.settled()
  try {
    const left = await queue.handOver(options)
    return { queue: left, epochs: numbers.left, decided: bench.left(), lists: await listed.left() }
  } finally {
    bench.close()
    for (const one of [nft, table, sockets]) one.close()
  }
}
