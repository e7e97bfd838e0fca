import { shell } from '../../namespace.mjs'
import { options } from '../../options.mjs'
import { program, script } from '../../programs.mjs'
import { lossless, saturation } from '../saturated.mjs'
import { along } from './along.mjs'

/** Above those of the other scenes. */
const first = 1_000
const addresses = 200

const node = (at) => ({
  argv: [process.execPath, script('accept-all'), `${first}:${first + at - 1}`],
  queues: [first, at],
})
const c = (at) => ({ argv: [program('consumer'), 'mmsg', String(first), `queues=${at}`], queues: [first, at] })

/** Packets to 200 addresses, spread over so many queues of one socket, eight to one of them and then the next. */
export const queues = {
  name: 'growth-queues',
  title: 'a packet, by how many queues a program reads',
  axis: 'queues',
  reference: 'node at 1',
  contestants: along(
    options.smoke ? [1, 20] : [1, 8, 40, 200],
    { name: 'node', ours: true, of: node },
    { name: 'c-mmsg', of: c },
  ),
  metrics: [
    { key: 'cpu', title: 'CPU µs a packet', scale: 1e-3 },
    { key: 'resident', title: 'resident MB', scale: 1e-6, ratio: false },
  ],
  async sample(contestant) {
    const { at } = contestant
    const target = at === 1 ? `--queue-num ${first}` : `--queue-balance ${first}:${first + at - 1}`
    const rule = (how) =>
      shell(`iptables -t mangle ${how} INPUT -d 127.0.1.0/24 -p udp --dport 9999 -j NFQUEUE ${target}`)
    rule('-I')
    try {
      return await saturation(contestant, { size: 64, address: '127.0.1.1', spread: addresses })
    } finally {
      rule('-D')
    }
  },
  wrong: lossless,
}
