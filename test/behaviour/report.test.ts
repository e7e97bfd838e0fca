import { expect, test, vi } from 'vitest'
import { profiles } from './profile.ts'
import { runOne, runTwice } from './report.ts'
import type { Scenario } from './scenario.ts'
import { SimulatorWorld } from './world/simulator.ts'

/** A scenario that differs so many times. */
function differing(times: number): Scenario {
  let runs = 0
  const run = async () => {
    if (runs++ < times) throw new Error(`difference ${runs}`)
  }
  return { statement: 'F-001', name: 'any', run, unavailable: () => undefined }
}

test('where a kernel may be slow a difference counts when it shows twice, and the first is printed', async () => {
  const print = vi.spyOn(console, 'log').mockReturnValue()
  const world = new SimulatorWorld(profiles['6.18'])
  const reset = async () => {}
  try {
    expect(await runOne(differing(1), world, reset)).toMatchObject({ outcome: 'differs' })
    expect(print).not.toHaveBeenCalled()
    expect(await runTwice(differing(1), world, reset)).toMatchObject({ outcome: 'holds' })
    expect(print).toHaveBeenCalledWith(
      expect.stringMatching(/differed once, and held then: F-001 any\n {2}difference 1/),
    )
    expect(await runTwice(differing(2), world, reset)).toMatchObject({ outcome: 'differs', detail: 'difference 2' })
  } finally {
    print.mockRestore()
  }
})
