import { options } from '../../options.mjs'
import { judgedBy } from '../rules.mjs'
import { along } from './along.mjs'

/** Rules that are run for every packet, and none of which matches. */
export const growingRules = {
  name: 'growth-rules',
  title: 'a packet in the simulated kernel, by how many rules are run for it',
  axis: 'rules',
  reference: 'node at 1',
  contestants: along(options.smoke ? [1, 10] : [1, 10, 100, 1_000], { name: 'node', ours: true, of: () => ({}) }),
  metrics: [{ key: 'cpu', title: 'CPU µs a packet', scale: 1e-3 }],
  sample: async ({ at }) => ({ cpu: await judgedBy(at, 'run') }),
}
