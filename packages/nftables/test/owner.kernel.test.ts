import { execFileSync } from 'node:child_process'
import { openMnl } from '@nfkit/mnl-native'
import { afterEach, expect, test } from 'vitest'
import { accept, CommitError, openNftables, table } from '../src/index.ts'

const nft = (...args: string[]) => execFileSync('nft', args).toString()
const tables = () =>
  nft('list', 'tables')
    .trim()
    .split('\n')
    .filter((line) => line !== '')

afterEach(() => {
  nft('flush', 'ruleset')
})

test('a table with an owner goes when it is closed, and others stay', async () => {
  const others = table('inet', 'others')
  const fw = table('inet', 'fw', { owner: true })
  const [mine, theirs] = [await openNftables(openMnl()), await openNftables(openMnl())]
  await theirs.commit((batch) => batch.add(others))
  await mine.commit((batch) => batch.add(fw, fw.chain('out', { hook: 'output' })))
  expect(tables()).toEqual(['table inet others', 'table inet fw'])
  mine.close()
  expect(tables()).toEqual(['table inet others'])
  theirs.close()
})

test('no other socket changes it', async () => {
  const fw = table('inet', 'fw', { owner: true })
  const [mine, theirs] = [await openNftables(openMnl()), await openNftables(openMnl())]
  await mine.commit((batch) => batch.add(fw))
  const fails = theirs.commit((batch) => batch.add(fw.chain('out')))
  await expect(fails).rejects.toThrow(CommitError)
  await expect(fails).rejects.toThrow('table "fw" belongs to another socket: changes go through the one that made it')
  await mine.commit((batch) => batch.add(fw, fw.chain('out')))
  mine.close()
  theirs.close()
})

test('a table that persists is an orphan, and is adopted', async ({ skip }) => {
  const fw = table('inet', 'fw', { owner: true, persist: true })
  const out = fw.chain('out', { hook: 'output' })
  const first = await openNftables(openMnl())
  if (!(await first.features()).persist) {
    first.close()
    skip('this kernel has no tables that outlive their owner: Linux 6.9 has')
  }
  await first.commit((batch) => batch.add(fw, out, out.rule(accept())))
  first.close()
  expect(nft('list', 'ruleset')).toContain('accept')
  const heir = await openNftables(openMnl())
  await heir.commit((batch) => batch.add(fw).flush(out))
  expect(nft('list', 'ruleset')).not.toContain('accept\n')
  const stranger = await openNftables(openMnl())
  await expect(stranger.commit((batch) => batch.add(fw.chain('x')))).rejects.toThrow('belongs to another socket')
  stranger.close()
  heir.close()
  expect(tables()).toEqual(['table inet fw'])
})
