import { setTimeout as sleep } from 'node:timers/promises'
import { queueNumber } from '../contestants.mjs'
import { link } from '../namespace.mjs'
import { openSnitch, openSnitchMissing, prepareOpenSnitch } from '../opensnitch.mjs'
import { options } from '../options.mjs'
import { bothCpus, loadCpu, Running } from '../process.mjs'
import { program, script } from '../programs.mjs'

/** Where it is dialled from, and to. */
const ends = { caller: 'nfkit-caller', called: 'nfkit-called' }
/** The same of its own: its rules of iptables may outlive it. */
const snitched = { caller: 'nfkit-snitched', called: 'nfkit-called-by-it' }
const ours = (name, how) => ({
  name,
  ours: true,
  argv: [process.execPath, script('firewall'), how, String(queueNumber)],
})
const bare = { name: 'no rules' }
const rules = ours('rules without a queue', 'rules')
const queueing = ours('queue', 'queue')
/** Woken for one packet of a connection, as a firewall is: what nothing that sleeps in between can be below. */
const first = ours('queue, first packets', 'first')
const firstC = { ...ours('c-percall, first packets', 'first-c'), ours: false }
/** The same, which asks first whose the packet is: all that a firewall by program has to do, and no more. */
const owningC = { ...ours('c-percall, owner', 'owner-c'), ours: false }
const judging = ours('firewall', 'firewall')
const owning = ours('firewall, owner', 'owner')
const snitching = { ...openSnitch, between: snitched }

let linked = false
/** Namespaces, two by two, and a link between them. */
async function prepare() {
  if (linked) return
  linked = true
  link(ends.caller, ends.called, '10.99.1')
  link(snitched.caller, snitched.called, '10.99.1')
  prepareOpenSnitch()
  await sleep(500)
}

/** With what a contestant runs at the caller's side, and what serves at the other. */
async function between({ argv, between: { caller, called } = ends }, server, measure) {
  // Its threads compile and collect beside it, as they do anywhere: on one processor they would stand in its way.
  const consumer = argv && new Running(argv, { cpus: bothCpus, namespace: caller })
  const serving = new Running(server, { cpus: loadCpu, namespace: called })
  try {
    if (consumer) await consumer.bound(queueNumber)
    await sleep(500)
    return await measure(caller)
  } finally {
    await serving.stop()
    await consumer?.stop()
  }
}

const connections = options.smoke ? 50 : Math.round(options.duration * 5_000)
/** Before these: a firewall runs for days, and its first thousands of connections are judged by code that is not compiled yet. */
const warmingUp = options.smoke ? 0 : 20_000

async function dial(namespace, count) {
  const argv = [program('connect'), 'dial', '10.99.1.2', '5202', String(count)]
  return new Running(argv, { cpus: loadCpu, namespace }).finish()
}

/** One connection after another that begins on the host with the firewall. */
export const connecting = {
  name: 'connect',
  title: 'connect() over veth',
  reference: bare.name,
  contestants: [
    ...[bare, rules, queueing, firstC, owningC, first, judging, owning],
    ...(openSnitchMissing ? [] : [snitching]),
  ],
  skipped: openSnitchMissing && { [snitching.name]: openSnitchMissing },
  metrics: [
    { key: 'p50', title: 'median µs', scale: 1e-3 },
    { key: 'p99', title: '99 % µs', scale: 1e-3 },
    { key: 'rate', title: 'connections/s', ratio: false },
  ],
  prepare,
  sample: (contestant) =>
    between(contestant, [program('connect'), 'serve', '5202'], async (caller) => {
      if (warmingUp > 0 && contestant.ours) await dial(caller, warmingUp)
      return dial(caller, connections)
    }),
}

/** One stream, whose connection was judged: all but its first packet is the kernel's. */
export const bulk = {
  name: 'bulk',
  title: 'one TCP stream through a firewall',
  reference: rules.name,
  contestants: [bare, rules, judging],
  metrics: [
    { key: 'cpu', title: 'CPU s a GB' },
    { key: 'rate', title: 'Gbit/s', scale: 1e-9, ratio: false },
  ],
  prepare,
  sample: (contestant) =>
    between(contestant, ['iperf3', '-s'], async (caller) => {
      const seconds = Math.max(1, Math.round(options.duration * 2))
      // By itself TCP comes to a window of 0.6 to 2.9 MB, by chance: that is worth more than all rules.
      const argv = ['iperf3', '-c', '10.99.1.2', '-t', String(seconds), '-w', '512K', '-J']
      const report = await new Running(argv, { cpus: loadCpu, namespace: caller }).finish(seconds + 15)
      if (report.error) throw new Error(report.error)
      const { sum_received: sum, cpu_utilization_percent: used } = report.end
      const spent = ((used.host_total + used.remote_total) / 100) * sum.seconds
      return { rate: sum.bits_per_second, cpu: spent / (sum.bytes / 1e9) }
    }),
}
