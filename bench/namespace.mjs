import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

const inside = 'NFKIT_BENCH_INSIDE'

/** Run this program again in network and mount namespaces of its own, where everything vanishes at the end. */
export function enter() {
  if (process.env[inside]) return settle()
  const way = ['setsid', '-w', 'unshare', '--net', '--mount']
  if (process.getuid() !== 0) way.push('--user', '--map-root-user')
  const [command, ...args] = [...way, process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, [inside]: '1' } })
  if (error) throw error
  process.exit(status ?? 1)
}

function settle() {
  shell('mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip link set lo up')
  try {
    // Our session's share of the processor: other work on the machine stays out of most samples.
    writeFileSync('/proc/self/autogroup', '-20')
  } catch {}
}

export function shell(command) {
  return execFileSync('sh', ['-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** What to put before a command so that it runs in a named namespace. */
export const within = (namespace) => (namespace ? ['ip', 'netns', 'exec', namespace] : [])
