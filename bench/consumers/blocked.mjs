// blocked NETWORKS: judges bulk TCP at output while so many networks are blocked, until it is ended. Says when it is ready.
import { openFirewall } from '@nfkit/firewall'
import { openMnl } from '@nfkit/mnl-native'

const networks = Number(process.argv[2])
const firewall = await openFirewall({
  transport: openMnl,
  name: 'bench',
  hooks: ['output'],
  match: 'tcp dport 5201',
  absent: 'accept',
  judge: () => 'accept',
})
// Four addresses each, and as many between them: no two are one.
await firewall.block(Array.from({ length: networks }, (_, n) => `11.${n >> 13}.${(n >> 5) & 0xff}.${(n & 31) << 3}/30`))
process.once('SIGTERM', async () => {
  const { packets } = firewall.stats()
  await firewall.close()
  console.log(JSON.stringify({ packets }))
})
console.log('ready')
