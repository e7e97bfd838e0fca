import { options } from '../options.mjs'
import { Running } from '../process.mjs'
import { script } from '../programs.mjs'
import { median } from '../statistics.mjs'

const rounds = options.smoke ? 1 : 15

const contestant = (name, call) => ({ name, ours: true, call })

/** One call of a package, away from everything else. */
export const calls = {
  name: 'calls',
  title: 'one call of a package',
  reference: 'view',
  contestants: [
    contestant('view', 'view'),
    contestant('new payload', 'rewrite'),
    contestant('received datagram', 'receive'),
    contestant('simulated packet', 'simulate'),
  ],
  metrics: [{ key: 'cpu', title: 'CPU ns', ratio: false }],
  async sample({ call }) {
    const { took } = await new Running([process.execPath, script('calls'), call, String(rounds)]).finish()
    return { cpu: median(took) }
  },
}
