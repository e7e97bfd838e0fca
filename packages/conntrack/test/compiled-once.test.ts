import { SimulatedKernel } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import { type ConntrackTable, type FlowFilter, openConntrack } from '../src/index.ts'

const uses: readonly [string, (table: ConntrackTable, filter: FlowFilter) => unknown][] = [
  ['dump', (table, filter) => table.dump(filter).toArray()],
  ['explain', (table, filter) => table.explain(filter)],
  ['features', (table, filter) => table.features(filter)],
  ['flush by the kernel', (table, filter) => table.flush(filter)],
  ['flush one by one', (table, filter) => table.flush(Object.assign(filter, { port: 53 }))],
  ['update', (table, filter) => table.update(filter, { mark: 2 })],
  ['events', (table, filter) => table.events({ filter }).close()],
  [
    'watch',
    async (table, filter) => {
      for await (const change of table.watch(filter)) if (change.kind === 'synced') break
    },
  ],
]
test.each(uses)('%s takes its filter apart once', async (_, use) => {
  await using table = await openConntrack(new SimulatedKernel().connect())
  let asked = 0
  const filter = new Proxy<FlowFilter>(
    { mark: 1 },
    {
      // Whoever takes a filter apart reads each condition there may be.
      get: (target, key, receiver) => {
        if (key === 'label') asked++
        return Reflect.get(target, key, receiver)
      },
    },
  )
  await use(table, filter)
  expect(asked).toBe(1)
})
