import { openMnl } from '@nfkit/mnl-native'
import { openNftables, table } from '../../src/index.ts'

/** Makes a table with a hook that belongs to this process, says so, and waits to be killed. */
const nft = await openNftables(openMnl())
const mine = table('inet', 'mine', { owner: true })
await nft.commit((batch) => batch.add(mine, mine.chain('c', { hook: 'output' })))
console.log('made')
setInterval(() => {}, 1_000)
