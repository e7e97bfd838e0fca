import { shell } from '../namespace.mjs'
import { options } from '../options.mjs'
import { Running, toolCpu } from '../process.mjs'
import { program, script } from '../programs.mjs'

const namespace = 'nfkit-flows'
const c = (name, mode) => ({ name, argv: [program('dump'), mode] })
const node = (name, mode) => ({ name, ours: true, mode })

const tool = { name: 'conntrack -L', argv: ['conntrack', '-L'] }

export const table = { namespace, fill }

const inside = `ip netns exec ${namespace}`
let filled
/** A table of so many connections: half TCP, half UDP, a fifth of them IPv6, with counters. */
function fill(count = options.entries) {
  if (filled === count) return
  if (filled === undefined)
    shell(`ip netns add ${namespace}; ip -n ${namespace} link set lo up
      ${inside} sh -c 'echo 1 > /proc/sys/net/netfilter/nf_conntrack_acct'`)
  else shell(`${inside} conntrack -F`)
  shell(`${inside} ${program('fill')} ${count} 20`)
  filled = count
}

/** A sample of a program of ours that dumps the table. */
export async function dumped(mode, count) {
  const argv = [process.execPath, script('dump'), mode, String(count)]
  const { entries, user, system, ...sample } = await new Running(argv, { namespace }).finish(120)
  const each = (microseconds) => (microseconds * 1e3) / entries
  return { cpu: each(user + system), user: each(user), entries, ...sample }
}

/** The whole table, every entry looked at. */
export const dump = {
  name: 'dump',
  title: `a conntrack dump of ${options.entries} entries`,
  reference: 'c by hand',
  contestants: [
    c('kernel alone', 'receive'),
    c('c by hand', 'hand'),
    c('libmnl', 'libmnl'),
    c('libnetfilter_conntrack', 'libnetfilter_conntrack'),
    tool,
    node('node, bytes', 'bytes'),
    node('node, first bytes', 'first-bytes'),
    node('node, first by hand', 'first-hand'),
    node('node', 'first'),
    node('node, by hand', 'hand'),
    node('node, warm', 'warm'),
  ],
  metrics: [
    { key: 'cpu', title: 'CPU µs an entry', scale: 1e-3 },
    { key: 'resident', title: 'resident MB', scale: 1e-6, ratio: false },
    { key: 'p999', title: '99.9 % of turns ms', ratio: false },
    { key: 'longest', title: 'longest', ratio: false },
  ],
  prepare: () => fill(),
  async sample(contestant) {
    fill()
    if (contestant.mode) return dumped(contestant.mode, options.entries)
    if (contestant === tool) return { cpu: toolCpu(tool.argv, namespace) / options.entries, entries: options.entries }
    const { entries, cpuMicroseconds, resident } = await new Running(contestant.argv, { namespace }).finish()
    return { cpu: (cpuMicroseconds * 1e3) / entries, entries, resident }
  },
  wrong: ({ entries }) => (entries === options.entries ? undefined : `${entries} of ${options.entries} entries`),
}
