import { type FirewallHandover, openFirewall } from '@nfkit/firewall'
import type { Transport } from '@nfkit/netlink-transport'
import { openNftables } from '@nfkit/nftables'
import { expect, onTestFinished, test } from 'vitest'
import type { GateHandover } from '../../src/index.ts'
import { MemoryLog } from '../../src/memory.ts'
import { authorOn, gateOn } from '../stage.ts'

/** A gate over a firewall that is handed over. `connect` opens sockets to a kernel, which can be handed on. */
export function handover(connect: () => Transport & { heir(): Transport }): void {
  /** Sockets that outlive firewalls, firewalls that follow each other, and how many addresses and networks the kernel has listed. */
  function supervised() {
    const sockets = { queue: connect(), rules: connect() }
    const next = (handover?: FirewallHandover) =>
      openFirewall({
        ...{ transport: connect, name: 'handed', hooks: ['input'], match: 'meta l4proto 255', absent: 'accept' },
        sockets: { queue: sockets.queue.heir(), rules: sockets.rules.heir() },
        judge: () => 'accept',
        handover,
      })
    const inKernel = async (list: 'blocked' | 'allowed' = 'blocked') => {
      await using nft = await openNftables(connect())
      const { tables } = await nft.list({ table: { family: 'inet', name: 'handed' } })
      const sets = tables[0]!.sets.filter(({ set }) => set.name?.startsWith(list))
      return sets.reduce((sum, { elements }) => sum + elements.length, 0)
    }
    onTestFinished(async () => {
      await (await next()).remove()
      for (const socket of Object.values(sockets)) socket.close()
    })
    return { next, inKernel }
  }
  /** As it comes over a channel. */
  const sent = <T>(state: T): T => JSON.parse(JSON.stringify(state))

  const meanwhile = { 'is in the log': false, 'is in a snapshot, and the log was cut': true }
  test.each(Object.entries(meanwhile))(
    'what changed while no gate was there, and %s, is changed in the kernel',
    async (_, isCut) => {
      const log = new MemoryLog()
      const author = await authorOn(log)
      const { next, inKernel } = supervised()
      const firewall = await next()
      const { gate } = gateOn(log, { target: firewall })
      await author.block(['192.0.2.1', '192.0.2.2', '192.0.2.3', '203.0.113.0/24'])
      await author.block('192.0.2.4', { seconds: 600 })
      await author.allow('2001:db8::/32')
      await author.policy('ports', [22])
      await gate.caughtUp
      await expect.poll(() => gate.stats().place).toBe(4)
      const left = sent({ fleet: await gate.handOver(), firewall: await firewall.handOver() })

      await author.unlist(['192.0.2.1', '203.0.113.0/24', '2001:db8::/32'])
      await author.block('198.51.100.1')
      if (isCut) await author.snapshot()
      const heir = await next(left.firewall)
      expect(await inKernel()).toBe(5)
      const second = gateOn(log, { target: heir, handover: left.fleet })
      await second.gate.caughtUp
      // 192.0.2.2, .3, .4, 198.51.100.1
      expect([await inKernel(), await inKernel('allowed')]).toEqual([4, 0])
      expect(second.gate.stats()).toMatchObject({ listed: 4, missing: 0, refused: { replay: 0 } })
      expect(second.policies.get('ports')).toEqual([22])
      expect(second.told.trouble).toEqual([])
      await heir.handOver()
    },
  )

  test('all is in force again where the firewall has begun anew', async () => {
    const log = new MemoryLog()
    const author = await authorOn(log)
    await author.block(['192.0.2.1', '192.0.2.2'])
    const { next, inKernel } = supervised()
    const firewall = await next()
    const { gate } = gateOn(log, { target: firewall })
    await gate.caughtUp
    const left: GateHandover = sent(await gate.handOver())
    await firewall.handOver()
    const anew = await next()
    expect(await inKernel()).toBe(0)
    const second = gateOn(log, { target: anew, handover: left })
    await second.gate.caughtUp
    expect(await inKernel()).toBe(2)
    expect(second.gate.stats().taken).toBe(0)
    await anew.handOver()
  })
}
