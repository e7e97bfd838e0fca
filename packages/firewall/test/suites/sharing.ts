import { openNftables, parse, table } from '@nfkit/nftables'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MarkClashError } from '../../src/index.ts'
import { staged } from './stage.ts'
import type { World } from './world.ts'

/** Marks belong to all programs of a host. */
export function sharing(world: World): void {
  /** A table of another program, for as long as the test lasts. */
  async function others(...rules: readonly string[]): Promise<void> {
    const nft = await openNftables(world.connect())
    const own = table('inet', 'others', { owner: true })
    const chain = own.chain('marks', { hook: 'output', priority: 10 })
    await nft.commit((batch) => batch.add(own, chain, ...rules.map((text) => chain.rule(...parse(text)))))
    onTestFinished(() => nft.close())
  }

  describe('a mask whose bits a rule of nf_tables uses', () => {
    test('is refused, with the rule, and nothing is left', async () => {
      await others('tcp dport 80 accept', 'meta mark & 0x0f000000 == 0x01000000 accept')
      const refused = await staged(world).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(MarkClashError)
      const { clashes } = refused as MarkClashError
      expect(clashes).toEqual([
        {
          where: 'nf_tables',
          rule: expect.stringMatching(/^inet others marks: .*mark.*0x/),
          of: 'packet',
          bits: 0x0100_0000,
        },
      ])
      const nft = await openNftables(world.connect())
      expect((await nft.list()).tables.map((one) => one.table.name)).toEqual(['others'])
      nft.close()
      // With other bits, and the same queue, there is one.
      const { firewall } = await staged(world, { mask: 0x00ff_0000 })
      expect(firewall.markCheck.clashes).toEqual([])
    })

    test('is used where that is accepted, and told', async () => {
      await others('ct mark set 0x1')
      const { firewall } = await staged(world, { onMarkClash: 'accept' })
      expect(firewall.markCheck.clashes.map(({ of, bits }) => [of, bits])).toEqual([['connection', 0xff00_0000]])
    })
  })

  test('a second firewall with the same bits is refused', async () => {
    await staged(world, { name: 'one', queue: 1 })
    await expect(staged(world, { name: 'two', queue: 2 })).rejects.toThrow('inet one')
  })

  test('bits of connections are given back clean, and other bits as they were', async () => {
    await others('tcp dport 4000 ct mark set ct mark | 0x7')
    const { firewall } = await staged(world)
    const line = await world.dial('peer', 4000)
    expect(await line.say('hello')).toBe('hello')
    expect(await world.marks(4000)).toEqual([0x0100_0007])
    await firewall.close()
    expect(await world.marks(4000)).toEqual([0x7])
    line.close()
  })

  test('a firewall that stays leaves its marks', async () => {
    // A port of its own: what is said of a connection at its end makes another one.
    const match = 'tcp dport 4001'
    const { firewall } = await staged(world, { absent: 'drop', match })
    const line = await world.dial('peer', 4001)
    await firewall.close()
    expect(await world.marks(4001)).toEqual([0x0100_0000])
    const next = await staged(world, { absent: 'drop', match })
    await next.firewall.remove()
    expect(await world.marks(4001)).toEqual([0])
    line.close()
  })
}
