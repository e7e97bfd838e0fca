import { options } from '../options.mjs'
import { Running } from '../process.mjs'
import { script } from '../programs.mjs'
import { median } from '../statistics.mjs'

const rounds = options.smoke ? 1 : 9

const contestant = (name, what) => ({ name, ours: true, what })

/** Reading what a connection says first, and the cryptography in that alone. */
export const readers = {
  name: 'readers',
  title: 'a hello of a browser, read',
  reference: 'hello',
  contestants: [
    contestant('hello', 'hello'),
    contestant('ja4', 'ja4'),
    contestant('ja4, own hash', 'ownHash'),
    { name: 'ja4 by hand', what: 'byHand' },
    contestant('its two hashes', 'hashes'),
    contestant('quic', 'quic'),
    contestant('its cipher', 'cipher'),
  ],
  metrics: [{ key: 'cpu', title: 'CPU ns', ratio: false }],
  async sample({ what }) {
    const { took } = await new Running([process.execPath, script('readers'), what, String(rounds)]).finish()
    return { cpu: median(took) }
  },
}
