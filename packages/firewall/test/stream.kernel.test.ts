import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import type { FirewallVerdict } from '../src/index.ts'
import { kernelWorld } from './suites/kernel-world.ts'
import { staged } from './suites/stage.ts'

/** A connection that never pauses, and changes of the policy. */

const world = await kernelWorld()
afterAll(() => world[Symbol.asyncDispose]())
const sh = (line: string) => execFileSync('sh', ['-c', line], { encoding: 'utf8' })

/** Datagrams of one socket, as fast as they go, for 20 seconds at most. */
const talker = `
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(('10.99.0.2', 4001))
end = time.time() + 20
while time.time() < end:
    for _ in range(10):
        try:
            s.send(b'on and on')
        except OSError:
            pass
    time.sleep(0.001)
`

test('once a change is acknowledged, no packet of the connection passes by an older verdict', async () => {
  let verdict: FirewallVerdict = 'accept'
  const { firewall, asked } = await staged(world, { match: 'udp dport 4001', mask: 0x7, judge: () => verdict })
  sh(
    'nft "add table inet others; add chain inet others late { type filter hook output priority 10; }; add rule inet others late udp dport 4001 counter"',
  )
  const passed = () => Number(/packets (\d+)/.exec(sh('nft list chain inet others late'))![1])
  const program = spawn('python3', ['-c', talker])
  try {
    await expect.poll(passed, { timeout: 10_000 }).toBeGreaterThan(100)
    for (let round = 0; round < 10; round++) {
      verdict = 'drop'
      await firewall.reconsider()
      const before = passed()
      await sleep(50)
      expect(passed()).toBe(before)
      verdict = 'accept'
      await firewall.reconsider()
      await expect.poll(passed, { timeout: 10_000 }).toBeGreaterThan(before + 100)
    }
    // Once an epoch, however many packets came; not at all where none did.
    expect(asked.length).toBeLessThanOrEqual(1 + firewall.epoch)
    expect(asked.length).toBeGreaterThan(10)
  } finally {
    program.kill()
    await once(program, 'exit')
    sh('nft delete table inet others')
  }
})
