// Load on a real queue, in a network namespace of its own: `npm run stress`, as root or where user namespaces are allowed.
//   --bursts N    overload bursts (1,000)         --minutes N   of mixed traffic with faults (10)
// Every packet must be accounted for, memory must stay flat, and nothing may die or stall; else the exit code is 1.
import { spawnSync } from 'node:child_process'
import { commandLine } from '../tools/command-line.mjs'
import { bursts } from './bursts.mjs'
import { soak } from './soak.mjs'

const values = commandLine(import.meta.filename, {
  bursts: { type: 'number', default: '1000' },
  minutes: { type: 'number', default: '10' },
})

if (!process.env.NFKIT_STRESS_INSIDE) {
  const way = process.getuid?.() === 0 ? ['-n'] : ['-Urn']
  const inside = [...way, process.execPath, '--expose-gc', import.meta.filename, ...process.argv.slice(2)]
  const { status } = spawnSync('unshare', inside, {
    stdio: 'inherit',
    env: { ...process.env, NFKIT_STRESS_INSIDE: 'yes' },
  })
  process.exit(status ?? 1)
}

spawnSync('ip', ['link', 'set', 'lo', 'up'])
for (const tool of ['iptables', 'ip6tables']) {
  spawnSync(tool, ['-w', '-A', 'INPUT', '-p', 'udp', '--dport', '9999', '-j', 'NFQUEUE', '--queue-num', '7'])
}

const failures = [...(await bursts(values.bursts)), ...(await soak(values.minutes))]
for (const failure of failures) console.log(`FAILED: ${failure}`)
console.log(failures.length === 0 ? 'stress: all held' : `stress: ${failures.length} did not hold`)
process.exit(failures.length === 0 ? 0 : 1)
