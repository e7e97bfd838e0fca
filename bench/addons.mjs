// Two builds of the addon, in pairs, in one process: `node bench/addons.mjs FOLDER [ROUNDS]`, as root; FOLDER is packages/mnl-native of another checkout, built.
// Each load goes to a queue of the one and to a queue of the other in turn. A ratio is this checkout's ÷ the other's, and one of a build to itself is 1.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate } from './generator.mjs'
import { enter, shell } from './namespace.mjs'
import { Running } from './process.mjs'
import { compile, script } from './programs.mjs'
import { geometric, median } from './statistics.mjs'
import { grid } from './table.mjs'

const [, , folder, rounds = '40'] = process.argv
const seconds = 0.4
const folders = { this: fileURLToPath(new URL('../packages/mnl-native', import.meta.url)), other: resolve(folder) }

/** The first and the second queue of a consumer: where packets for it go. */
const addresses = ['127.0.0.1', '127.0.0.2']
const loads = {
  'one packet at a time': ['pingpong', [4_000 * seconds, 50]],
  '20,000 packets/s': ['rate', [seconds, 20_000]],
  '64 packets on their way': ['window', [seconds, 64]],
}

enter()
compile()
for (const [i, address] of addresses.entries())
  shell(`iptables -t mangle -A INPUT -p udp -d ${address} --dport 9999 -j NFQUEUE --queue-num ${i + 1}`)

const pairs = Object.fromEntries(Object.keys(loads).map((title) => [title, []]))
// Half of the rounds with either of them on the first queue.
for (const order of [
  ['this', 'other'],
  ['other', 'this'],
]) {
  const consumer = new Running([process.execPath, script('addons'), ...order.map((which) => folders[which])])
  for (const i of addresses.keys()) await consumer.bound(i + 1)
  for (const [title, load] of Object.entries(loads)) {
    // The first round compiles.
    for (let round = -1; round < Number(rounds) / 2; round++) {
      const pair = {}
      for (const which of round % 2 === 0 ? ['this', 'other'] : ['other', 'this'])
        pair[which] = await sample(consumer, load, addresses[order.indexOf(which)])
      if (round >= 0) pairs[title].push(pair)
    }
  }
  await consumer.stop()
}

/** Nanoseconds of processor a packet, and how long one was on its way. */
async function sample(consumer, [mode, args], address) {
  const before = consumer.cpu()
  const { received, p50 } = await generate(mode, 64, args, { address })
  return { cpu: (consumer.cpu() - before) / received, p50 }
}

function row(title, what, key, scale) {
  const values = (which) => pairs[title].map((pair) => pair[which][key])
  const { mean, low, high } = geometric(values('this').map((value, i) => value / values('other')[i]))
  const middle = (which) => (median(values(which)) * scale).toFixed(2)
  return [title, what, middle('this'), middle('other'), `${mean.toFixed(3)} [${low.toFixed(3)}–${high.toFixed(3)}]`]
}

const rows = Object.entries(loads).flatMap(([title, [mode]]) => [
  row(title, 'CPU µs a packet', 'cpu', 1e-3),
  ...(mode === 'pingpong' ? [row(title, 'median µs', 'p50', 1)] : []),
])
console.log(grid([['load', '', 'this', 'other', '÷, mean and 95 %'], ...rows]))
