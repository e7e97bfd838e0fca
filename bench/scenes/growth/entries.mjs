import { existsSync, readFileSync } from 'node:fs'
import { options } from '../../options.mjs'
import { dumped, table } from '../dump.mjs'
import { along } from './along.mjs'

const steps = options.smoke ? [1_000, 4_000] : [1_000, 10_000, 100_000, 1_000_000]
const limit = ((file) => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0))(
  '/proc/sys/net/netfilter/nf_conntrack_max',
)
const beyond = steps.filter((at) => at > limit)

/** Entries of a dump, by how many the table has. */
export const entries = {
  name: 'growth-entries',
  title: 'an entry of a conntrack dump, by how many there are',
  axis: 'entries in the table',
  reference: `node at ${steps[0]}`,
  skipped: Object.fromEntries(
    beyond.map((at) => [`a table of ${at}`, `sysctl -w net.netfilter.nf_conntrack_max=${at} on the host first`]),
  ),
  contestants: along(
    steps.filter((at) => at <= limit),
    { name: 'node', ours: true, of: () => ({ mode: 'warm' }) },
    { name: 'node, bytes', of: () => ({ mode: 'bytes' }) },
  ),
  metrics: [
    { key: 'cpu', title: 'CPU µs an entry', scale: 1e-3 },
    { key: 'user', title: 'of it not the kernel’s', scale: 1e-3 },
    { key: 'resident', title: 'resident MB', scale: 1e-6, ratio: false },
  ],
  async sample({ mode, at }) {
    table.fill(at)
    return { at, ...(await dumped(mode, at)) }
  },
  wrong: ({ entries, at }) => (entries === at ? undefined : `${entries} of ${at} entries`),
}
