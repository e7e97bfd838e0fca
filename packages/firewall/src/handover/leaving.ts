import type { HandOverOptions } from '@nfkit/nfqueue'
import type { Assembly } from '../assembly/assembly.ts'
import type { Sockets } from '../assembly/closing.ts'
import type { Estate } from './estate.ts'

/**
 * Judge no more, and leave everything in the kernel to who has the sockets next; resolves to what that must know. Rejects as `queue.handOver` does.
 */
export async function letGo(
  { nft, queue, table, sockets, dns }: Sockets,
  { bench, change, listed, names, numbers }: Assembly,
  options: HandOverOptions,
): Promise<Omit<Estate, 'found'>> {
  await change.settled()
  try {
    const [ofQueue, ofDns] = await Promise.all([queue.handOver(options), dns?.handOver(options)])
    const [lists, ofNames] = await Promise.all([listed.left(), names?.left()])
    return { queue: ofQueue, dns: ofDns, epochs: numbers.left, decided: bench.left(), lists, names: ofNames }
  } finally {
    bench.close()
    names?.close()
    for (const one of [nft, table, sockets]) one.close()
  }
}
