import { openConntrack } from '@nfkit/conntrack'
import { openMnl } from '@nfkit/mnl-native'

await using ct = await openConntrack(openMnl())

const original = {
  protocol: 'tcp',
  source: { address: '10.0.0.1', port: 4000 },
  destination: { address: '10.0.0.2', port: 443 },
} as const
await ct.create({ original, timeoutSeconds: 600, mark: 7, tcp: { state: 'established' } })

for await (const flow of ct.dump({ protocol: 'tcp', source: '10.0.0.0/8', mark: { value: 7, mask: 0xff } })) {
  console.log(`${flow}`)
  await ct.update(flow, { mark: 9, timeoutSeconds: 60 })
}

const flow = await ct.get(original)
console.log(flow?.mark, flow?.statusNames, flow?.reply.destination.port)
if (flow) await ct.delete(flow)
