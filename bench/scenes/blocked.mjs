import { setTimeout as sleep } from 'node:timers/promises'
import { link } from '../namespace.mjs'
import { options } from '../options.mjs'
import { bothCpus, Running } from '../process.mjs'
import { script } from '../programs.mjs'

const client = 'nfkit-blocking'
const server = 'nfkit-serving'
const many = options.smoke ? 1_000 : 100_000
const seconds = Math.max(1, Math.round(2 * options.duration))
const one = { name: 'one network', ours: true, networks: 1 }

/** Bulk TCP through a firewall by how much is blocked: two rules look into the set for each packet. */
export const blocked = {
  name: 'blocked',
  title: `one TCP stream through a firewall that blocks ${many} networks, and one`,
  reference: one.name,
  contestants: [one, { name: 'many networks', ours: true, networks: many }],
  metrics: [
    { key: 'rate', title: 'Gbit/s', scale: 1e-9 },
    { key: 'each', title: 'GB a CPU second' },
  ],
  prepare() {
    link(client, server, '10.98.0')
  },
  async sample({ networks }) {
    const argv = [process.execPath, script('blocked'), String(networks)]
    const firewall = new Running(argv, { namespace: client, cpus: bothCpus })
    const sink = new Running(['iperf3', '-s'], { cpus: bothCpus, namespace: server })
    try {
      await firewall.printed('ready')
      await sleep(250)
      const report = await new Running(['iperf3', '-c', '10.98.0.2', '-t', String(seconds), '-J'], {
        cpus: bothCpus,
        namespace: client,
      }).finish(seconds + 15)
      if (report.error) throw new Error(report.error)
      const { bytes, bits_per_second: rate } = report.end.sum_received
      const { host_total: here, remote_total: there } = report.end.cpu_utilization_percent
      const { packets } = await firewall.stop()
      return { rate, each: bytes / 1e9 / (((here + there) / 100) * seconds), packets }
    } finally {
      await sink.stop()
      await firewall.stop()
    }
  },
  // iperf3 opens two connections, and of each one packet is judged.
  wrong: ({ packets }) => (packets === 2 ? undefined : `${packets} packets came to user space, not 2`),
}
