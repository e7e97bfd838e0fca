import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const table = 'nfkit_chain_order'
const run = (program: string, ...words: string[]) => spawnSync(program, words, { encoding: 'utf8' })

test('this kernel has packets meet the younger of two chains with one priority first', ({ skip, onTestFinished }) => {
  if (run('nft', 'list', 'tables').status !== 0) skip('no nft')
  onTestFinished(() => void run('nft', 'delete', 'table', 'ip', table))
  run('ip', 'link', 'set', 'lo', 'up')
  const made = run(
    'nft',
    `table ip ${table} {
      chain older { type filter hook output priority 0; }
    }
    add chain ip ${table} younger { type filter hook output priority 0; }
    add rule ip ${table} older counter drop
    add rule ip ${table} younger counter`,
  )
  if (made.status !== 0) skip(`no nf_tables: ${made.stderr.trim()}`)
  run('ping', '-c', '1', '-W', '1', '127.0.0.1')
  const counters = Array.from(run('nft', 'list', 'table', 'ip', table).stdout.matchAll(/counter packets (\d+)/g))
  expect(counters.map(([, packets]) => Number(packets))).toEqual([1, 1])
})
