import { options } from '../options.mjs'
import { Running } from '../process.mjs'
import { script } from '../programs.mjs'
import { summary } from '../statistics.mjs'
import { capturePackets } from './decode.mjs'

const rounds = options.smoke ? 1 : 5
let file

const contestant = (name, handler) => ({ name, ours: true, handler })

/** From datagram to verdict message, without kernel and socket: the part of a packet's cost that is this project's to save. */
export const javascript = {
  name: 'javascript',
  title: 'JavaScript alone, a packet of 64 bytes: the least of a few rounds',
  reference: 'node',
  contestants: [
    contestant('node', 'accept'),
    contestant('node async', 'async'),
    contestant('node for await', 'iterate'),
  ],
  metrics: [{ key: 'cpu', title: 'CPU ns a packet' }],
  async prepare() {
    file = await capturePackets()
  },
  async sample({ handler }) {
    const argv = [process.execPath, script('javascript'), handler, file, String(rounds)]
    const { took } = await new Running(argv).finish()
    return { cpu: summary(took).min }
  },
}
