// The packages of this checkout beside those of another, in pairs: `node bench/builds.mjs FOLDER [ROUNDS] [CONSUMER...]`, as root; FOLDER is another checkout,
// built, and CONSUMER one of bench/consumers, with options as `accept,batchVerdicts=1`. Each load goes to a program on the one and to a program on the other in
// turn. A ratio is this checkout's ÷ the other's, and one of a build to itself is 1.
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate } from './generator.mjs'
import { enter, shell } from './namespace.mjs'
import { Running } from './process.mjs'
import { compile } from './programs.mjs'
import { geometric, median } from './statistics.mjs'
import { grid } from './table.mjs'

const [, , folder, rounds = '20', ...given] = process.argv
const consumers = given.length > 0 ? given : ['accept', 'accept-async', 'accept-iterate', 'rewrite']
const folders = { this: fileURLToPath(new URL('..', import.meta.url)), other: resolve(folder) }
const sizes = [64, 1400]
const seconds = 0.4
const outstanding = 64

/** Where packets for the first and the second queue go. */
const addresses = ['127.0.0.1', '127.0.0.2']

enter()
compile()
for (const [i, address] of addresses.entries())
  shell(`iptables -t mangle -A INPUT -p udp -d ${address} --dport 9999 -j NFQUEUE --queue-num ${i + 1}`)

const rows = []
for (const consumer of consumers) {
  const pairs = new Map(sizes.map((size) => [size, []]))
  // Half of the rounds with either of them on the first queue, in programs of their own: compiling differs from one to the next.
  for (const order of [
    ['this', 'other'],
    ['other', 'this'],
  ]) {
    const running = {}
    for (const [i, which] of order.entries()) running[which] = await start(consumer, folders[which], i + 1)
    // The first round compiles.
    for (let round = -1; round < Number(rounds) / 2; round++) {
      for (const size of sizes) {
        const pair = {}
        for (const which of round % 2 === 0 ? ['this', 'other'] : ['other', 'this'])
          pair[which] = await sample(running[which], size, addresses[order.indexOf(which)])
        if (round >= 0) pairs.get(size).push(pair)
      }
    }
    for (const which of order) await running[which].stop()
  }
  for (const [size, all] of pairs) rows.push(row(consumer, size, all))
}

async function start(consumer, checkout, number) {
  const [name, ...options] = consumer.split(',')
  const script = join(checkout, 'bench/consumers', `${name}.mjs`)
  const running = new Running([process.execPath, script, String(number), ...options])
  await running.bound(number)
  return running
}

/** Nanoseconds of processor a packet. */
async function sample(consumer, size, address) {
  const before = consumer.cpu()
  const { received } = await generate('window', size, [seconds, outstanding], { address, gso: true })
  return (consumer.cpu() - before) / received
}

function row(consumer, size, pairs) {
  const { mean, low, high } = geometric(pairs.map((pair) => pair.this / pair.other))
  const middle = (which) => (median(pairs.map((pair) => pair[which])) * 1e-3).toFixed(2)
  const ratio = `${mean.toFixed(3)} [${low.toFixed(3)}–${high.toFixed(3)}]`
  return [consumer, String(size), middle('this'), middle('other'), ratio]
}

console.log(grid([['consumer', 'bytes', 'this, CPU µs a packet', 'other', '÷, mean and 95 %'], ...rows]))
