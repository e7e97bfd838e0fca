import { shell } from '../namespace.mjs'
import { options } from '../options.mjs'
import { Running, toolCpu } from '../process.mjs'
import { program, script } from '../programs.mjs'

const namespace = 'nfkit-flows'
const c = (name, mode) => ({ name, argv: [program('dump'), mode] })
const node = (name, ...args) => ({ name, ours: true, argv: [process.execPath, script('dump'), ...args] })

const tool = { name: 'conntrack -L', argv: ['conntrack', '-L'] }

export const table = { namespace, fill }

let filled = false
/** A table of half TCP, half UDP connections, a fifth of them IPv6, with counters. */
function fill() {
  if (filled) return
  filled = true
  shell(`ip netns add ${namespace}; ip -n ${namespace} link set lo up`)
  const inside = `ip netns exec ${namespace}`
  shell(`${inside} sh -c 'echo 1 > /proc/sys/net/netfilter/nf_conntrack_acct'
    ${inside} ${program('fill')} ${options.entries} 20`)
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
    node('node', 'first'),
    node('node, warm', 'warm'),
  ],
  metrics: [
    { key: 'cpu', title: 'CPU µs an entry', scale: 1e-3 },
    { key: 'resident', title: 'resident MB', scale: 1e-6, ratio: false },
    { key: 'longest', title: 'longest turn ms', ratio: false },
  ],
  prepare: fill,
  async sample(contestant) {
    if (contestant === tool) return { cpu: toolCpu(tool.argv, namespace) / options.entries, entries: options.entries }
    const { entries, cpuMicroseconds, resident, longest } = await new Running(contestant.argv, { namespace }).finish()
    return { cpu: (cpuMicroseconds * 1e3) / entries, entries, resident, longest }
  },
  wrong: ({ entries }) => (entries === options.entries ? undefined : `${entries} of ${options.entries} entries`),
}
