import assert from 'node:assert/strict'
import { fillChecksums, parseIp } from '@nfkit/ip-codec'
import { moved } from './counters.ts'
import { track } from './events.ts'
import { table } from './flow.ts'
import type { Profile } from './profile.ts'
import { scenario } from './scenario.ts'
import type { Statement } from './statements.ts'
import type { World } from './world.ts'

/** This machine, and the host beside it. */
export const [us, peer] = ['10.2.0.1', '10.2.0.9']
export const [us6, peer6] = ['fd02::1', 'fd02::9']

/** So many bytes, the first of them given, and zeros. */
export const bytes = (length: number, ...first: readonly number[]): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => first[i] ?? 0)

/** What connection tracking makes of a packet that arrives: its counters and the table tell. */
export type Said = 'tracked' | 'untracked' | 'invalid' | 'error'

export async function said(world: World, packet: Uint8Array): Promise<Said> {
  const socket = world.open()
  const found = await moved(socket, () => world.receive(packet))
  const entries = await table(socket)
  if (found['error']) return 'error'
  if (found['invalid']) return 'invalid'
  return entries.length > 0 ? 'tracked' : 'untracked'
}

/** A packet with other bytes at a place of its transport header. */
export function altered(packet: Uint8Array, at: number, ...bytes: readonly number[]): Uint8Array {
  const copy = packet.slice()
  copy.set(bytes, (packet[0]! >> 4 === 4 ? 20 : 40) + at)
  return copy
}

/** The same packet with the right checksums. */
export function summed(packet: Uint8Array): Uint8Array {
  fillChecksums(parseIp(packet)!)
  return packet
}

/** A packet, and what it is said to be. */
export type Case = readonly [name: string, packet: Uint8Array, said: Said | ((profile: Profile) => Said)]

/** A scenario for each. */
export function cases(statement: Statement, list: readonly Case[]): void {
  for (const [name, packet, expected] of list)
    scenario(statement, name, async (world) => {
      await world.rules(track)
      const wanted = typeof expected === 'string' ? expected : expected(world.profile)
      assert.equal(await said(world, packet), wanted)
    })
}
