// Half an hour of churn through a firewall that is handed over, killed, told otherwise and listed to: `npm run soak`, as root.
//   --minutes N   how long (30)         --seed N   what is done, and to what (the time)         --rate N   new connections a second (40), and four times as many datagrams
//   --record FILE   what each process holds, as it tells it: lines of JSON
// Every packet must be accounted for, what must pass passes, what must not does not, memory stays flat, and nothing is left; else the exit code is 1.
import { spawnSync } from 'node:child_process'
import { commandLine } from '../tools/command-line.mjs'
import { measuring } from './memory.mjs'

const { minutes, seed, rate, record } = commandLine(import.meta.filename, {
  minutes: { type: 'number', default: '30' },
  seed: { type: 'number', default: String(Date.now() % 1_000_000) },
  rate: { type: 'number', default: '40' },
  record: { type: 'string' },
})

if (!process.env.NFKIT_SOAK_INSIDE) {
  const own = ['--net', '--pid', '--fork', '--mount-proc', '--kill-child']
  const words = [...measuring, import.meta.filename, ...process.argv.slice(2)]
  const env = { ...process.env, NFKIT_SOAK_INSIDE: 'yes' }
  const { status } = spawnSync('unshare', [...own, process.execPath, ...words], { stdio: 'inherit', env })
  process.exit(status ?? 1)
}

const { soak } = await import('./soak.mjs')
const failures = await soak({ minutes, seed, rate, record })
console.log(failures === 0 ? 'soak: all held' : `soak: ${failures} did not hold; again with --seed ${seed}`)
process.exit(failures === 0 ? 0 : 1)
