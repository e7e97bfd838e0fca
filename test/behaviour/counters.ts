import { decode } from '@nfkit/netlink-codec'
import { statsCpu } from '@nfkit/netlink-codec/conntrack'
import { connection } from './request.ts'
import type { Socket } from './socket.ts'

/** What the table's counters of all processors add up to. */
async function sums(socket: Socket): Promise<Map<string, number>> {
  const { entries } = await socket.dump(connection('getStatsCpu', {}, { family: 0 }))
  const all = new Map<string, number>()
  for (const { bytes, start, end } of entries)
    for (const [name, value] of Object.entries(decode(statsCpu, bytes, start + 20, end)))
      all.set(name, (all.get(name) ?? 0) + Number(value))
  return all
}

/** Counters that moved while something happened, and by how much: `{ invalid: 1 }`. */
export async function moved(socket: Socket, happens: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await sums(socket)
  await happens()
  const after = await sums(socket)
  const changed = [...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const)
  return Object.fromEntries(changed.filter(([, by]) => by !== 0))
}
