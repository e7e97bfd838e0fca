import { execFileSync } from 'node:child_process'
import { release } from 'node:os'
import { openMnl } from '@nfkit/mnl-native'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { CommitError, drop, ip, ipv4Address, jump, type Nftables, openNftables, table } from '../src/index.ts'
import { refusals } from './refusals.ts'

let ours: Nftables
beforeAll(async () => {
  ours = await openNftables(openMnl())
})
afterAll(() => ours.close())
afterEach(() => {
  execFileSync('nft', ['flush', 'ruleset'])
})

test('there are sixty at least', () => {
  expect(refusals.length).toBeGreaterThanOrEqual(60)
})

const isOld = release().startsWith('6.1.')

test.for(refusals)('$name', async ({ old, given, others, when, path, clause, ...newer }, { skip }) => {
  if (isOld && old === 'taken') skip('this kernel takes it: a register that was not written is refused since then')
  const { code, says } = isOld && old !== undefined && old !== 'taken' ? old : newer
  const stranger = others && (await openNftables(openMnl()))
  if (others) await stranger!.commit(others)
  if (given) await ours.commit(given)
  const before = execFileSync('nft', ['list', 'ruleset']).toString()
  const error = await ours.commit(when).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(CommitError)
  const { failures } = error as CommitError
  expect(failures[0]).toMatchObject({
    path,
    code,
    reason: typeof says === 'string' ? says : expect.stringMatching(says),
  })
  if (clause !== undefined) expect(failures[0]?.clause?.kind).toBe(clause)
  expect(execFileSync('nft', ['list', 'ruleset']).toString()).toBe(before)
  stranger?.close()
})

test('all that is refused is named at once, in the order of the batch', async () => {
  const fw = table('inet', 'fw')
  const [out, absent] = [fw.chain('out'), fw.chain('absent')]
  const allow = fw.set('allow', { key: ipv4Address })
  const error = await ours
    .commit((batch) =>
      batch.add(fw, out, out.rule(ip.saddr.in(allow), drop()), out.rule(jump(absent)), allow.element('192.0.2.1')),
    )
    .catch((thrown: unknown) => thrown)
  expect((error as CommitError).failures.map(({ path }) => path)).toEqual([
    'tables.fw.chains.out.rules[0]',
    'tables.fw.chains.out.rules[1]',
    'tables.fw.sets.allow.elements[0]',
  ])
  expect((error as Error).message).toBe(
    'nothing was committed: tables.fw.chains.out.rules[0] lookup: set "allow" does not exist (and 2 more)',
  )
})
