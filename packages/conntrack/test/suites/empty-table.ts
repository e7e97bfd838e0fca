import { afterEach, beforeEach } from 'vitest'
import { type ConntrackTable, openConntrack } from '../../src/index.ts'
import type { World } from './world.ts'

/** Gives each test a table with nothing in it; afterwards it is closed, and what the world was given is taken back. */
export function emptyTable(world: World, give: (ct: ConntrackTable) => void): void {
  let ct: ConntrackTable
  beforeEach(async () => {
    ct = await openConntrack(world.connect())
    await ct.flush()
    await ct.expectations.flush()
    await ct.timeouts.flush()
    give(ct)
  })
  afterEach(() => {
    world.clear()
    ct.close()
  })
}
