import type { Nftables, RuleBatch } from '@nfkit/nftables'
import { openNftables, table } from '@nfkit/nftables'
import { SimulatedKernel } from '@nfkit/simulator'
import { describe, expect, test } from 'vitest'
import { TimedAddresses } from '../src/lists/timed-addresses.ts'
import { AddressSets } from '../src/rules/addresses.ts'

describe.each(['6.18', 'debian-6.1'] as const)('as %s', (profile) => {
  async function listed() {
    const kernel = new SimulatedKernel({ profile })
    const nft = await openNftables(kernel.connect())
    const fw = table('inet', 'fw')
    const sets = new AddressSets(fw, 'named', { interval: false, size: 65_536 })
    await nft.commit((batch) => batch.add(fw, ...sets.sets))
    let commits = 0
    const counted = {
      commit: (fill: (batch: RuleBatch) => unknown) => {
        commits++
        return nft.commit(fill)
      },
    } as unknown as Nftables
    const addresses = new TimedAddresses(counted, sets, 1_000)
    const inKernel = async () => {
      const { tables } = await nft.list()
      return tables[0]!.sets.flatMap(({ elements }) => elements.map(({ key }) => key)).toSorted()
    }
    return { kernel, nft, sets, addresses, inKernel, commits: () => commits }
  }
  const soon = (seconds: number) => performance.now() + 1_000 * seconds

  test('what comes while the kernel is busy is one batch', async () => {
    const { addresses, inKernel, commits } = await listed()
    const all = Array.from({ length: 200 }, (_, i) => `198.18.0.${i}`)
    await Promise.all(all.map((address) => addresses.add([{ address, until: soon(100) }])))
    expect(commits()).toBe(1)
    expect(await inKernel()).toEqual(all.toSorted())
  })

  test('what is there for long enough needs no batch', async () => {
    const { addresses, commits } = await listed()
    const until = soon(100)
    await addresses.add([{ address: '198.18.0.1', until }])
    expect(addresses.add([{ address: '198.18.0.1', until: until + 50 }])).toBeUndefined()
    expect(addresses.add([{ address: '198.18.0.1', until: until - 50_000 }])).toBeUndefined()
    expect(commits()).toBe(1)
    await addresses.add([{ address: '198.18.0.1', until: until + 5_000 }])
    expect(commits()).toBe(2)
  })

  test('an address that has run out in the kernel already is listed again', async () => {
    const { kernel, addresses, inKernel } = await listed()
    await addresses.add(['198.18.0.1', '198.18.0.2', '2001:db8::1'].map((address) => ({ address, until: soon(100) })))
    kernel.advance(200)
    expect(await inKernel()).toEqual([])
    await addresses.add(['198.18.0.1', '198.18.0.2', '2001:db8::1'].map((address) => ({ address, until: soon(300) })))
    expect(await inKernel()).toEqual(['198.18.0.1', '198.18.0.2', '2001:db8::1'])
  })

  test('what is taken away is not there, and may be gone already', async () => {
    const { kernel, addresses, inKernel } = await listed()
    await addresses.add([{ address: '198.18.0.1', until: soon(100) }])
    await addresses.add([{ address: '198.18.0.2', until: soon(1_000) }])
    kernel.advance(200)
    await addresses.remove(['198.18.0.1', '198.18.0.2', '198.18.0.3'])
    expect(await inKernel()).toEqual([])
  })

  test('no more is kept than lives', async () => {
    const { addresses } = await listed()
    const some = (second: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        address: `198.${second}.${i >> 8}.${i & 255}`,
        until: performance.now() + 50,
      }))
    await addresses.add(some(18, 1_500))
    expect(addresses.size).toBe(1_500)
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    await addresses.add(some(19, 2_000))
    expect(addresses.size).toBe(2_000)
  })

  test('what the kernel refuses is not listed', async () => {
    const { nft, addresses, sets } = await listed()
    await nft.commit((batch) => batch.delete(sets.ipv4))
    await expect(addresses.add([{ address: '198.18.0.1', until: soon(10) }])).rejects.toThrow('does not exist')
    await nft.commit((batch) => batch.add(sets.ipv4))
    await addresses.add([{ address: '198.18.0.1', until: soon(10) }])
    expect(addresses.until('198.18.0.1')).toBeDefined()
  })
})
