import { join } from 'node:path'
import type { Firewall, FirewallOptions } from '@nfkit/firewall'
import { onTestFinished } from 'vitest'
import type { World } from '../../packages/firewall/test/suites/world.ts'

export { brokenOff, deferred } from '../../packages/firewall/test/suites/stage.ts'

export const folder = join(import.meta.dirname, '../../examples/field')

/** An example's module. */
export const load = (name: string) => import(join(folder, `${name}.mjs`))

/** What an example's firewall is opened with here: connections that begin at this host, to the ports that echo. */
export const optionsIn = (world: World): Partial<FirewallOptions> => ({
  transport: () => world.connect(),
  hooks: ['output'],
  match: ['tcp dport 4000-4002', 'udp dport 4000-4002'],
  ...world.options,
})

/** Ends the firewall with the test, which fails if it had trouble. */
export function ending(world: World, firewall: Firewall): void {
  const troubles: unknown[] = []
  firewall.on('trouble', (error) => troubles.push(error)).on('failed', ({ error }) => troubles.push(error))
  onTestFinished(async () => {
    await firewall.remove()
    await world.fresh()
    if (troubles.length > 0) throw new AggregateError(troubles, 'the firewall had trouble')
  })
}
