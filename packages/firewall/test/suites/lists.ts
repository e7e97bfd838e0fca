import { openNftables } from '@nfkit/nftables'
import { expect, test } from 'vitest'
import type { FirewallOptions } from '../../src/index.ts'
import { sayAgain, staged } from './stage.ts'
import type { World } from './world.ts'

/** The peer of every world, and the network it is in. */
const peer = '10.99.0.2'
const network = '10.99.0.0/24'

/** Addresses that are blocked or allowed need no judge. */
export function lists(world: World): void {
  test('what is blocked does not pass, connections that were accepted included; then it does again', async () => {
    const { firewall } = await staged(world)
    const line = await world.dial('peer', 4000)
    expect(await line.say('one')).toBe('one')
    await firewall.block(peer)
    await expect(line.say('two')).rejects.toThrow('silence')
    await firewall.unlist(peer)
    expect(await sayAgain(line, 'three')).toContain('two')
    line.close()
    expect(firewall.stats().packets).toBe(1)
  })

  test('what is allowed is not judged, and block outweighs it', async () => {
    const { firewall } = await staged(world, { judge: () => 'reject' })
    await firewall.allow(network)
    expect(await world.ask(4000, 'hello')).toBe('hello')
    expect(firewall.stats().packets).toBe(0)
    await firewall.block('10.99.0.0/28', { seconds: 600 })
    await expect(world.ask(4000, 'hello')).rejects.toThrow()
    await firewall.unlist('10.99.0.0/16')
    await expect(world.ask(4000, 'hello')).rejects.toThrow('EHOSTUNREACH')
  })

  test('networks may overlap, and each lasts as long as it was said', async () => {
    const { firewall } = await staged(world)
    for (const [where, seconds] of [
      [network, 600],
      ['10.99.0.0/25', 1_200],
      ['10.0.0.0/8', undefined],
      ['10.99.0.2', 5],
    ] as const)
      await firewall.block(where, { seconds })
    await expect(world.ask(4000, 'hello')).rejects.toThrow()
    await firewall.unlist('10.0.0.0/8')
    expect(await world.ask(4000, 'hello')).toBe('hello')
  })

  test('a list is one batch, and all of it or nothing', async () => {
    const { firewall } = await staged(world)
    await using nft = await openNftables(world.connect())
    const before = await nft.generation()
    await firewall.block(['10.99.0.2', 'fd00:99::/64', '192.0.2.0/24', '192.0.2.7'], { seconds: 600 })
    expect(await nft.generation()).toBe(before + 1)
    await expect(world.ask(4000, 'hello')).rejects.toThrow()
    await expect(world.ask(4000, 'hello', 'IPv6')).rejects.toThrow()
    await expect(firewall.unlist(['10.99.0.2', 'nowhere/7'])).rejects.toThrow(RangeError)
    await expect(world.ask(4000, 'hello')).rejects.toThrow()
    await firewall.unlist(['10.99.0.2', 'fd00:99::2'])
    expect(await world.ask(4000, 'hello')).toBe('hello')
    expect(await world.ask(4000, 'hello', 'IPv6')).toBe('hello')
  })

  test('lists outlast a confirmation', async () => {
    const { firewall } = await staged(world, { absent: 'drop', confirmWithinSeconds: 600 })
    await firewall.block(peer)
    await firewall.confirm()
    await expect(world.ask(4000, 'hello')).rejects.toThrow()
  })

  test('a start empties the lists of an earlier run, however long they are', async () => {
    const { firewall } = await staged(world, { absent: 'drop' })
    await firewall.block([peer, ...Array.from({ length: 3_000 }, (_, i) => `11.0.${i >> 7}.${2 * (i & 127)}`)])
    await firewall.close()
    await staged(world, { absent: 'drop' })
    expect(await world.ask(4000, 'hello')).toBe('hello')
  })

  test('what is listed from the start needs no call, and lasts as long as it was said', async () => {
    const { firewall } = await staged(world, {
      blocked: ['192.0.2.7', { where: network, seconds: 600 }],
      judge: () => 'accept',
    })
    await expect(world.ask(4000, 'hello')).rejects.toThrow()
    await firewall.unlist(network)
    expect(await world.ask(4000, 'hello')).toBe('hello')
    await firewall.remove()
    const { firewall: other } = await staged(world, { allowed: peer, judge: () => 'drop' })
    expect(await world.ask(4000, 'hello')).toBe('hello')
    expect(other.stats().packets).toBe(0)
  })

  test('lists of an earlier run hold until those of the next one do: no packet meets neither', async () => {
    const options: Partial<FirewallOptions> = { absent: 'drop', blocked: peer }
    const { firewall } = await staged(world, options)
    await firewall.close()
    const asking = Array.from({ length: 20 }, () =>
      world.ask(4000, 'hello').then(
        () => 'heard',
        () => 'nothing',
      ),
    )
    await staged(world, options)
    expect(new Set(await Promise.all(asking))).toEqual(new Set(['nothing']))
    await expect(world.ask(4000, 'hello')).rejects.toThrow()
  })

  test('what cannot be listed from the start opens no firewall, and leaves nothing', async () => {
    await using nft = await openNftables(world.connect())
    const before = await nft.generation()
    await expect(staged(world, { blocked: ['10.0.0.0/33'] })).rejects.toThrow(RangeError)
    for (const blocked of [null, new Set([peer]), 7])
      await expect(staged(world, { blocked: blocked as never })).rejects.toThrow('blocked: ')
    await expect(staged(world, { allowed: 'ads.example' })).rejects.toThrow('open the firewall with names')
    await expect(staged(world, { blocked: [{ where: peer, second: 5 } as never] })).rejects.toThrow(
      'did you mean "seconds"',
    )
    expect(await nft.generation()).toBe(before)
  })

  test('what is no address is refused', async () => {
    const { firewall } = await staged(world)
    await expect(firewall.block('10.0.0.0/33')).rejects.toThrow(RangeError)
    await expect(firewall.block('ads.example')).rejects.toThrow('open the firewall with names')
    await expect(firewall.block(peer, { second: 5 } as never)).rejects.toThrow('did you mean "seconds"')
  })
}
