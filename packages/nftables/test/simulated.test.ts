import { SimulatedKernel } from '@nfkit/simulator'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CommitError, type Nftables, openNftables, printRuleset } from '../src/index.ts'
import { refusals } from './refusals.ts'

let kernel: SimulatedKernel
let ours: Nftables
beforeEach(async () => {
  kernel = new SimulatedKernel({ profile: 'debian-6.12' })
  ours = await openNftables(kernel.connect())
})
afterEach(() => ours.close())

describe('a simulated kernel refuses, as real ones do,', () => {
  test.each(refusals)('$name', async ({ given, others, when, path, code, says, clause }) => {
    const stranger = others && (await openNftables(kernel.connect()))
    if (others) await stranger!.commit(others)
    if (given) await ours.commit(given)
    const before = printRuleset(await ours.list())
    const error = await ours.commit(when).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(CommitError)
    expect((error as CommitError).failures[0]).toMatchObject({
      path,
      code,
      reason: typeof says === 'string' ? says : expect.stringMatching(says),
    })
    if (clause !== undefined) expect((error as CommitError).failures[0]?.clause?.kind).toBe(clause)
    expect(printRuleset(await ours.list())).toBe(before)
    stranger?.close()
  })
})
