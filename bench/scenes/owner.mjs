import { options } from '../options.mjs'
import { Running } from '../process.mjs'
import { program, script } from '../programs.mjs'

const questions = options.smoke ? 200 : 20_000
const few = 10
const many = options.smoke ? 200 : 20_000

const contestant = (name, how, sockets) => ({ name, ours: how !== 'c', how, sockets })

/** Whose packet it is: one exact question after another. */
export const owner = {
  name: 'owner',
  title: 'whose packet it is, one question after another',
  reference: 'c',
  contestants: [
    contestant('c', 'c', few),
    contestant('node, bytes', 'raw', few),
    contestant('node', 'owner', few),
    contestant('node, many sockets', 'owner', many),
    contestant('node, unit', 'unit', few),
  ],
  metrics: [
    { key: 'p50', title: 'median µs', scale: 1e-3 },
    { key: 'p99', title: '99 % µs', scale: 1e-3 },
  ],
  async sample({ how, sockets }) {
    const argv = [process.execPath, script('owner'), how, String(sockets), String(questions), program('owner')]
    return new Running(argv).finish()
  },
  // Where the benchmark runs there may be no cgroup2.
  wrong: ({ found }) => (found === questions || found === 0 ? undefined : `${found} of ${questions} owners`),
}
