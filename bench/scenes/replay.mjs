import { fileURLToPath } from 'node:url'
import { options } from '../options.mjs'
import { Running } from '../process.mjs'
import { folder, program, script } from '../programs.mjs'

const about = options.smoke ? 2_000 : 200_000
const commandLine = fileURLToPath(new URL('../../apps/nfqueue-test/dist/main.js', import.meta.url))
const kinds = ['web', 'bulk', 'dns']
/** How many packets a capture has. */
const packets = {}

const capture = (kind) => `${folder}/traffic-${kind}-${about}.pcap`
const replay = (kind, ...more) => [commandLine, 'replay', '-q', ...more, capture(kind)]
const contestant = (name, kind, argv, ours = true) => ({ name, kind, ours, argv: [process.execPath, ...argv] })

/** Captures of ordinary traffic through the command line, its start included. */
export const replaying = {
  name: 'replay',
  title: `replay of a capture of ${about} packets`,
  reference: 'web',
  contestants: [
    ...kinds.map((kind) => contestant(kind, kind, replay(kind))),
    contestant('web, not tracked', 'web', replay('web', '--no-conntrack')),
    contestant('web, tracked and not queued', 'web', [script('capture'), 'track', capture('web')], false),
    contestant('web, read', 'web', [script('capture'), 'read', capture('web')], false),
  ],
  metrics: [
    { key: 'rate', title: '1,000 packets/s', scale: 1e-3 },
    { key: 'cpu', title: 'CPU µs a packet', scale: 1e-3 },
    { key: 'peak', title: 'peak MB', scale: 1e-6, ratio: false },
  ],
  async prepare() {
    for (const kind of kinds) {
      const argv = [process.execPath, script('capture'), 'make', kind, String(about), capture(kind)]
      packets[kind] = (await new Running(argv).finish()).packets
    }
  },
  async sample({ argv, kind }) {
    const { wall, cpu, peak } = await new Running([program('measured'), ...argv]).finish(120)
    return { rate: packets[kind] / (wall / 1e9), cpu: cpu / packets[kind], peak }
  },
}
