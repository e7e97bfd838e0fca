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

/** Make two named namespaces and a link between them, whose ends have the addresses 1 and 2 of `network` (`10.99.0`). */
export function link(one, other, network) {
  shell(`ip netns add ${one}; ip netns add ${other}
    ip link add nfk0 netns ${one} type veth peer name nfk1 netns ${other}
    for n in ${one}:nfk0:1 ${other}:nfk1:2; do
      s=\${n%%:*}; r=\${n#*:}; d=\${r%%:*}
      ip -n $s link set lo up; ip -n $s addr add ${network}.\${n##*:}/24 dev $d; ip -n $s link set $d up
    done`)
}

/** What to put before a command so that it runs in a named namespace. */
export const within = (namespace) => (namespace ? ['ip', 'netns', 'exec', namespace] : [])
