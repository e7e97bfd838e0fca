import { openNftables, printTable, table } from '@nfkit/nftables'
import { SimulatedKernel } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import { AddressList } from '../src/lists/address-list.ts'
import { regionOf } from '../src/lists/region.ts'
import { ListSets } from '../src/rules/addresses.ts'

const regions = (...texts: readonly string[]) => texts.map((text) => regionOf(text)!)
const forever = Number.POSITIVE_INFINITY

async function listed() {
  const kernel = new SimulatedKernel()
  const nft = await openNftables(kernel.connect())
  const fw = table('inet', 'fw')
  const sets = new ListSets(fw, 'listed')
  await nft.commit((batch) => batch.add(fw, ...sets.sets))
  const elements = async () => {
    const { tables } = await nft.list()
    const found = printTable(tables[0]!).matchAll(/elements = \{ (.*?) \}/gs)
    return Array.from(found, ([, some]) => some!.split(/,\s*/))
      .flat()
      .toSorted()
  }
  return { nft, sets, list: new AddressList(nft, sets), elements }
}

test('what the kernel refuses is not listed, and can be listed afterwards', async () => {
  const { nft, sets, list, elements } = await listed()
  await nft.commit((batch) => batch.delete(sets.ranges.ipv4))
  await expect(list.add(regions('10.0.0.0/8'), forever)).rejects.toThrow('does not exist')
  await nft.commit((batch) => batch.add(sets.ranges.ipv4))
  await list.add(regions('10.0.0.0/8'), forever)
  expect(await elements()).toEqual(['10.0.0.0/8'])
})

test('a list that overlaps itself is as one', async () => {
  const { list, elements } = await listed()
  await list.add(regions('10.0.0.7', '10.0.0.0/24', '10.0.1.0/24', '192.0.2.1', '10.0.0.0/23'), forever)
  expect(await elements()).toEqual(['10.0.0.0/23', '192.0.2.1'])
  await list.remove(regions('10.0.0.0/24', '10.0.1.128/25'))
  expect(await elements()).toEqual(['10.0.1.0/25', '192.0.2.1'])
})

test('an address that stands alone is no range, and what is left of a range may be one', async () => {
  const { nft, list } = await listed()
  const setsWith = async () => {
    const { tables } = await nft.list()
    return tables[0]!.sets.filter(({ elements }) => elements.length > 0).map(({ set }) => set.name)
  }
  await list.add(regions('192.0.2.2'), forever)
  expect(await setsWith()).toEqual(['listed_single4'])
  await list.add(regions('192.0.2.2/31', '2001:db8::7'), forever)
  expect(await setsWith()).toEqual(['listed_single6', 'listed4'])
  await list.remove(regions('192.0.2.2'))
  expect(await setsWith()).toEqual(['listed_single4', 'listed_single6'])
})

test('many are one batch', async () => {
  const { nft, list } = await listed()
  const before = await nft.generation()
  await list.add(regions(...Array.from({ length: 5_000 }, (_, n) => `11.${n >> 8}.${n & 255}.0/25`)), forever)
  expect(await nft.generation()).toBe(before + 1)
})
