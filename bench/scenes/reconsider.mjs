import { shell } from '../namespace.mjs'
import { options } from '../options.mjs'
import { Running } from '../process.mjs'
import { program, script } from '../programs.mjs'

const times = 50
const contestant = (name, namespace, connections) => ({ name, ours: true, namespace, connections })
const few = contestant('few connections', 'nfkit-few', 1_000)
const many = contestant('many connections', 'nfkit-many', options.entries)

/** A change of the policy, by how many connections there are that have a verdict. */
export const reconsider = {
  name: 'reconsider',
  title: `all verdicts made void, with 1000 connections and with ${options.entries}`,
  reference: few.name,
  contestants: [few, many],
  metrics: [
    { key: 'p50', title: 'median ms' },
    { key: 'p99', title: '99 % ms' },
    { key: 'longest', title: 'longest ms', ratio: false },
  ],
  prepare() {
    for (const { namespace, connections } of [few, many])
      shell(`ip netns add ${namespace}; ip -n ${namespace} link set lo up
        ip netns exec ${namespace} ${program('fill')} ${connections} 20`)
  },
  async sample({ namespace, connections }) {
    const argv = [process.execPath, script('reconsider'), String(times)]
    const sample = await new Running(argv, { namespace }).finish(120)
    return { ...sample, missing: connections - sample.connections }
  },
  wrong: ({ missing }) => (missing === 0 ? undefined : `${missing} connections have no verdict`),
}
