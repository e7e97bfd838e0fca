import { openConntrack } from '@nfkit/conntrack'
import { openMnl } from '@nfkit/mnl-native'

await using ct = await openConntrack(openMnl())
await using watch = ct.watch({ family: 'ipv4', destinationPort: 53 })

for await (const change of watch) {
  if (change.kind === 'synced') break // the view is the table; leaving the loop closes the watch
  if (change.kind !== 'gap') console.log(change.kind, change.cause, JSON.stringify(change.flow.original))
}
console.log(`${watch.size} flows`)
