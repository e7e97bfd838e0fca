import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { openMnl } from '@nfkit/mnl-native'
import { faulty } from '@nfkit/simulator'
import { Sender } from '../../stress/sender.mjs'
import { firstPort, ports, shortest } from '../datagram.mjs'
import { Receiver } from './receiver.mjs'

/** Queues that have an address of their own: 127.0.1.N leads to queue N, 127.0.3.N balances over N to N + 3. */
const queues = Array.from({ length: 100 }, (_, i) => i + 1)

/** Rules that lead packets to queues by their destination. Once for the namespace. */
export function installRules() {
  const to = (address) => `-A INPUT -p udp -d ${address} --dport ${firstPort}:${firstPort + ports - 1} -m mark --mark 0`
  const single = queues.map((queue) => `${to(`127.0.1.${queue}`)} -j NFQUEUE --queue-num ${queue}`)
  const balanced = queues.map((queue) => `${to(`127.0.3.${queue}`)} -j NFQUEUE --queue-balance ${queue}:${queue + 3}`)
  const input = ['*filter', ':INPUT ACCEPT [0:0]', ...single, ...balanced, 'COMMIT', ''].join('\n')
  execFileSync('iptables-restore', ['-w'], { input })
}

let sender
let receiver
let sent = 0

/** This machine's kernel, in a network namespace that has the rules. */
export class KernelWorld {
  name = 'kernel'
  activity = 0
  #first = sent
  #arrived = new Set()
  #overflowed = 0

  static async open() {
    sender ??= new Sender()
    if (receiver === undefined) {
      receiver = new Receiver()
      await receiver.ready
    }
    await receiver.take()
    return new KernelWorld()
  }

  static close() {
    sender?.end()
    receiver?.end()
  }

  /** A socket that can be made to fail. */
  transport() {
    const transport = faulty(openMnl())
    return { transport, inject: (fault) => transport.inject(fault) }
  }

  prepare() {}

  queueTable = undefined

  /** Send packets to a queue, or with `balanced` to four; resolves to the number of the first when the kernel has them all. */
  async send({ queue, count, size, pause, balanced = false }) {
    const first = sent
    sent += count
    const hosts = [`127.0.${balanced ? 3 : 1}.${queue}`]
    await sender.send(count, { sizes: [Math.max(size, shortest)], hosts, first, pause })
    return first
  }

  sleep(milliseconds) {
    return sleep(milliseconds)
  }

  busy(milliseconds) {
    for (const end = performance.now() + milliseconds; performance.now() < end; );
  }

  /** What became of each packet: `true` for those that passed. */
  async passed() {
    const { numbers, lost } = await receiver.take()
    for (const number of numbers) this.#arrived.add(number)
    this.#overflowed = lost
    return new Map(
      Array.from({ length: sent - this.#first }, (_, i) => [this.#first + i, this.#arrived.has(this.#first + i)]),
    )
  }

  /** Whether our own sockets had no room for something: then what passed is not known. */
  get blind() {
    return this.#overflowed > 0
  }

  story(number) {
    return this.#arrived.has(number) ? 'passed' : 'did not pass'
  }

  async end() {}
}
