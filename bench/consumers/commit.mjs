// commit COUNT: addresses become elements of a new set, which is committed. Time from the addresses as text to the kernel's proof, memory above what
// the process had before.
import { openMnl } from '@nfkit/mnl-native'
import { ipv4Address, openNftables, table } from '@nfkit/nftables'
import { addressesOf } from './addresses.mjs'
import { measure } from './measure.mjs'

const addresses = addressesOf(Number(process.argv[2]))
const nft = await openNftables(openMnl())
const set = table('inet', 'fw').set('many', { key: ipv4Address })

const taken = await measure(async () => {
  const elements = addresses.map((address) => set.element(address))
  await nft.commit((batch) => batch.add(table('inet', 'fw'), set, ...elements))
})
nft.close()
console.log(JSON.stringify(taken))
