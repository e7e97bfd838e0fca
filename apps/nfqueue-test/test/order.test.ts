import { openConntrack } from '@nfkit/conntrack'
import { udp } from '@nfkit/ip-codec/build'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import { SimulatedKernel } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import { first } from '../src/flows/view/order.ts'

test('the newest come first, or those that carried most', async () => {
  const kernel = new SimulatedKernel()
  kernel.conntrack.settings.acct = true
  for (const [port, packets] of [
    [1, 2],
    [2, 5],
    [3, 1],
  ] as const)
    for (let i = 0; i < packets; i++) await kernel.deliver(udp(`10.0.0.1:${port} > 10.0.0.2:53`), { queue: null })
  await using table = await openConntrack(kernel.connect())
  const flows: Flow[] = []
  for await (const flow of table.dump()) flows.push(flow.copy())
  flows.sort((a, b) => a.original.sourcePort! - b.original.sourcePort!)
  const ports = (order: 'newest' | 'bytes' | 'packets', count: number) =>
    first(flows, order, count).map(({ original }) => original.sourcePort)
  expect([ports('newest', 2), ports('packets', 3), ports('bytes', 1)]).toEqual([[3, 2], [2, 1, 3], [2]])
})
