import type { SocketTable } from '@nfkit/sockets'
import type { BenchTerms } from '../bench.ts'
import type { JudgedConnection } from '../connection.ts'

/** What a host's sockets tell, and do, of connections that are judged. */
export const hostOf = (sockets: SocketTable): Pick<BenchTerms, 'findOwner' | 'breakOff'> => ({
  findOwner: (packet) => sockets.owner(packet, { search: true }),
  breakOff: (connection) => breakOff(sockets, connection),
})

/**
 * Break a connection of this host off: its program gets ECONNABORTED, the other end a reset with the right numbers, which the kernel sends. Resolves to
 * `false` where no end of it is here, or the kernel destroys no sockets. Never rejects.
 */
async function breakOff(sockets: SocketTable, { direction, tuple, original }: JudgedConnection): Promise<boolean> {
  // A socket that has begun a connection knows whom it asked for, one that was asked knows what came.
  const [ends, local] =
    direction === 'out' ? ([original ?? tuple, 'source'] as const) : ([tuple, 'destination'] as const)
  if (direction === 'through' || ends === undefined) return false
  try {
    return (await sockets.destroy(ends, { local })) !== undefined
  } catch {
    // It is gone meanwhile, or the kernel cannot: its packets are refused all the same.
    return false
  }
}
