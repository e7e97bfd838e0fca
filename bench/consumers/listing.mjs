// listing: the ruleset as values.
import { openMnl } from '@nfkit/mnl-native'
import { openNftables } from '@nfkit/nftables'
import { measure } from './measure.mjs'

const nft = await openNftables(openMnl())
let elements = 0
const taken = await measure(async () => {
  for (const { sets } of (await nft.list()).tables) for (const set of sets) elements += set.elements.length
})
nft.close()
console.log(JSON.stringify({ ...taken, elements }))
