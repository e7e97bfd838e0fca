/**
 * What depends on the kernel, on stock Debian kernels in the virtual machine: refusals, owners, bytecode and reading.
 *
 *   node test/debian.mjs [6.1 6.12 newest]       ROUNDS: random rules of each kind (5)
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')
const modules = 'nf_tables,nft_queue,nft_ct,nft_compat,nft_chain_nat,xt_NFQUEUE,nfnetlink_queue'
const tests = ['refusals', 'owner', 'bytecode', 'reading', 'sweep'].map((name) => `packages/nftables/test/${name}`)
// Emulated processors are slow: vitest waits a minute for a worker to begin, which several at once do not keep.
const patience = '--no-file-parallelism --testTimeout 600000 --hookTimeout 600000'
const { ROUNDS = '5' } = process.env

const given = process.argv.slice(2)
for (const kernel of given.length > 0 ? given : ['6.1', '6.12', 'newest']) {
  console.log(`Debian ${kernel}`)
  const { status } = spawnSync(
    process.execPath,
    [
      ...['tools/vm/run.mjs', '--kernel', kernel, '--timeout', '3600', '--memory', '2048', '--modules', modules, '--'],
      `ROUNDS=${ROUNDS} node_modules/.bin/vitest run --project kernel ${patience} ${tests.join(' ')}`,
    ],
    { cwd: root, stdio: 'inherit' },
  )
  if (status !== 0) process.exit(status ?? 1)
}
