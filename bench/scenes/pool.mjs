import { cpus } from 'node:os'
import { generate } from '../generator.mjs'
import { shell } from '../namespace.mjs'
import { options } from '../options.mjs'
import { bothCpus, Running } from '../process.mjs'
import { program, script } from '../programs.mjs'

const outstanding = 64
/** Above those of the other scenes. */
const queues = [11, 12]

const contestant = (workers) => ({
  name: workers === 1 ? '1 worker' : `${workers} workers`,
  ours: true,
  programs: [[process.execPath, script('pool'), ...queues.map(String), String(workers)]],
})
/** The ideal in C: a program for both queues, or one for each. */
const c = (queue, count) => [program('consumer'), 'mmsg', String(queue), `queues=${count}`]
const ideal = { name: 'c-mmsg', programs: [c(queues[0], 2)] }
const idealTwice = { name: 'c-mmsg twice', programs: queues.map((queue) => c(queue, 1)) }

/** With four processors load comes from two others than the workers have; with fewer all share. */
const isApart = cpus().length >= 4
const loadCpus = isApart ? '2,3' : bothCpus

/** Two queues, each with a load of its own. */
export const pool = {
  name: 'pool',
  title: `two queues, 64 bytes, saturated; load and workers ${isApart ? 'have two processors each' : 'share two processors'}`,
  reference: '1 worker',
  contestants: [contestant(1), contestant(2), ideal, idealTwice],
  metrics: [
    { key: 'rate', title: '1,000 packets/s', scale: 1e-3 },
    { key: 'cpu', title: 'CPU µs a packet', scale: 1e-3 },
    { key: 'processors', title: 'processors the workers had', ratio: false },
    { key: 'resident', title: 'resident MB', scale: 1e-6, ratio: false },
  ],
  async prepare() {
    for (const [i, queue] of queues.entries())
      shell(`iptables -t mangle -I INPUT -d ${address(i)} -p udp --dport 9999 -j NFQUEUE --queue-num ${queue}`)
  },
  async sample({ programs }) {
    const consumers = programs.map((argv) => new Running(argv, { cpus: bothCpus }))
    const all = (of) => consumers.reduce((sum, consumer) => sum + of(consumer), 0)
    try {
      for (const queue of queues) await consumers[0].bound(queue)
      await load(options.warmup)
      const before = all((consumer) => consumer.cpu())
      const counts = await load(options.duration)
      const received = counts.reduce((sum, { received }) => sum + received, 0)
      const cpu = all((consumer) => consumer.cpu()) - before
      return {
        rate: received / (counts[0].nanoseconds / 1e9),
        cpu: cpu / received,
        processors: cpu / counts[0].nanoseconds,
        resident: all((consumer) => consumer.resident()),
      }
    } finally {
      await Promise.all(consumers.map((consumer) => consumer.stop()))
    }
  },
}

const address = (i) => `127.0.0.${i + 2}`

function load(seconds) {
  const one = (_, i) =>
    generate('window', 64, [seconds, outstanding], { gso: true, address: address(i), cpus: loadCpus })
  return Promise.all(queues.map(one))
}
