// Two builds of the addon, in pairs, in one process: `node bench/addons.mjs FOLDER [ROUNDS]`, as root; FOLDER is packages/mnl-native of another checkout, built.
// Each load goes to a queue of the one and to a queue of the other in turn. A ratio is this checkout's ÷ the other's, and one of a build to itself is 1.
import { resolve } from 'node:path'
import { generate } from './generator.mjs'
import { enter, shell } from './namespace.mjs'
import { Running } from './process.mjs'
import { compile, script } from './programs.mjs'
import { geometric, median } from './statistics.mjs'
import { grid } from './table.mjs'

const [, , folder, rounds = '30'] = process.argv
const seconds = 0.4

/** The queue of each, and where packets for it go. */
const [ours, other] = [
  { queue: 1, address: '127.0.0.1' },
  { queue: 2, address: '127.0.0.2' },
]
const loads = {
  'one packet at a time': ['pingpong', [4_000 * seconds, 50]],
  '20,000 packets/s': ['rate', [seconds, 20_000]],
  '64 packets on their way': ['window', [seconds, 64]],
}

enter()
compile()
for (const { queue, address } of [ours, other])
  shell(`iptables -t mangle -A INPUT -p udp -d ${address} --dport 9999 -j NFQUEUE --queue-num ${queue}`)
const consumer = new Running([process.execPath, script('addons'), resolve(folder)])
for (const { queue } of [ours, other]) await consumer.bound(queue)

/** Nanoseconds of processor a packet, and how long one was on its way. */
async function sample([mode, args], { address }) {
  const before = consumer.cpu()
  const { received, p50 } = await generate(mode, 64, args, { address })
  return { cpu: (consumer.cpu() - before) / received, p50 }
}

const rows = []
for (const [title, load] of Object.entries(loads)) {
  const pairs = []
  // The first round compiles.
  for (let round = -1; round < Number(rounds); round++) {
    const pair = {}
    for (const which of round % 2 === 0 ? ['ours', 'other'] : ['other', 'ours'])
      pair[which] = await sample(load, { ours, other }[which])
    if (round >= 0) pairs.push(pair)
  }
  const row = (what, key, scale) => {
    const { mean, low, high } = geometric(pairs.map(({ ours, other }) => ours[key] / other[key]))
    const middle = (which) => (median(pairs.map((pair) => pair[which][key])) * scale).toFixed(2)
    rows.push([
      title,
      what,
      middle('ours'),
      middle('other'),
      `${mean.toFixed(3)} [${low.toFixed(3)}–${high.toFixed(3)}]`,
    ])
  }
  row('CPU µs a packet', 'cpu', 1e-3)
  if (load[0] === 'pingpong') row('median µs', 'p50', 1)
}
await consumer.stop()
console.log(grid([['load', '', 'this', 'other', `÷, mean of ${rounds} pairs, 95 %`], ...rows]))
