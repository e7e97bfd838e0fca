import { setTimeout as sleep } from 'node:timers/promises'
import { holding, queueNumber } from '../contestants.mjs'
import { shell } from '../namespace.mjs'
import { options } from '../options.mjs'
import { loadCpu, Running } from '../process.mjs'
import { script } from '../programs.mjs'
import { quantile } from '../statistics.mjs'

const port = '4443'
const stalled = options.smoke ? 200 : 10_000
const probes = options.smoke ? 50 : 500

const client = (...args) => [process.execPath, script('stall'), ...args]
const ratio = ({ alone, beside }, what, q) => quantile(beside[what], q) / quantile(alone[what], q)

/** How long a client takes beside many that have stopped half-way through their hello, ÷ without them. */
export const stalledClients = {
  name: 'stalled',
  title: `a client beside ${stalled} that stopped half-way through a hello, ÷ alone`,
  reference: holding.name,
  contestants: [holding],
  metrics: [
    { key: 'open', title: 'open, median', ratio: false },
    { key: 'open99', title: 'open, 99 %', ratio: false },
    { key: 'answered', title: 'hello answered, median', ratio: false },
    { key: 'answered99', title: 'hello answered, 99 %', ratio: false },
    { key: 'share', title: 'holds that made room', ratio: false },
  ],
  prepare: () => shell('sysctl -q net.ipv4.ip_local_port_range="10000 60000"'),
  async sample({ argv }) {
    shell(`iptables -F; iptables -A OUTPUT -o lo -p tcp --dport ${port} -j NFQUEUE --queue-num ${queueNumber}
      iptables -A OUTPUT -o lo -p tcp --sport ${port} -j NFQUEUE --queue-num ${queueNumber}`)
    const consumer = new Running(argv)
    const server = new Running(client('serve', port), { cpus: loadCpu })
    try {
      await consumer.bound(queueNumber)
      await sleep(500)
      const times = await new Running(client('connect', port, String(stalled), String(probes)), {
        cpus: loadCpu,
      }).finish(120)
      const { holds, held } = await consumer.stop()
      const { judged: _, ...others } = holds
      return {
        open: ratio(times, 'open', 0.5),
        open99: ratio(times, 'open', 0.99),
        answered: ratio(times, 'answered', 0.5),
        answered99: ratio(times, 'answered', 0.99),
        share: holds.share,
        unaccounted: stalled - held - Object.values(others).reduce((sum, count) => sum + count, 0),
      }
    } finally {
      await consumer.stop()
      await server.stop()
      shell('iptables -F')
    }
  },
  wrong: ({ unaccounted }) =>
    unaccounted !== 0 ? `${unaccounted} clients that stopped are unaccounted for` : undefined,
}
