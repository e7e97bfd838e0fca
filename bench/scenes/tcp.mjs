import { setTimeout as sleep } from 'node:timers/promises'
import {
  following,
  followingGso,
  gso,
  hearing,
  hearingGso,
  idealGso,
  idealStream,
  percall,
  queueNumber,
  sync,
} from '../contestants.mjs'
import { link, shell } from '../namespace.mjs'
import { options } from '../options.mjs'
import { loadCpu, Running } from '../process.mjs'

const none = { name: 'no queue' }
const client = 'nfkit-client'
const server = 'nfkit-server'

/** One TCP stream between two namespaces, its data through a queue. */
export const tcp = {
  name: 'tcp',
  title: 'one TCP stream over veth',
  reference: none.name,
  contestants: [none, percall, idealStream, sync, following, hearing, idealGso, gso, followingGso, hearingGso],
  metrics: [
    { key: 'rate', title: 'Gbit/s', scale: 1e-9 },
    { key: 'cpu', title: 'CPU ms a Gbit', ratio: false },
    { key: 'lost', title: 'lost', ratio: false },
    { key: 'retransmits', title: 'retransmits', ratio: false },
  ],
  async prepare() {
    link(client, server, '10.99.0')
    await sleep(500)
  },
  async sample(contestant) {
    const rules = (text) => shell(`ip netns exec ${server} iptables -t mangle ${text}`)
    rules('-F')
    const consumer = contestant.argv && new Running(contestant.argv, { namespace: server })
    const sink = new Running(['iperf3', '-s'], { cpus: loadCpu, namespace: server })
    try {
      if (consumer) {
        await consumer.bound(queueNumber)
        rules(`-A INPUT -p tcp --dport 5201 -j NFQUEUE --queue-num ${queueNumber}`)
      }
      await sleep(250)
      await transfer(options.warmup) // what a program compiles in its first second is not the stream's
      const before = consumer?.cpu() ?? 0
      const report = await transfer(options.duration)
      if (report.error) throw new Error(report.error)
      const { bytes, bits_per_second: rate } = report.end.sum_received
      const queue = consumer?.queue(queueNumber)
      return {
        rate,
        cpu: consumer && (consumer.cpu() - before) / 1e6 / ((bytes * 8) / 1e9),
        lost: queue && queue.refused + queue.overrun,
        retransmits: report.end.sum_sent.retransmits,
      }
    } finally {
      await sink.stop()
      await consumer?.stop()
    }
  },
}

function transfer(duration) {
  const seconds = Math.max(1, Math.round(duration * 2))
  const argv = ['iperf3', '-c', '10.99.0.2', '-t', String(seconds), '-J']
  return new Running(argv, { cpus: loadCpu, namespace: client }).finish(seconds + 15)
}
