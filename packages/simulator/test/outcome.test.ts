import { fragments, udp } from '@nfkit/ip-codec/build'
import { expect, test } from 'vitest'
import { type DeliverOptions, type Outcome, type Reason, SimulatedKernel } from '../src/index.ts'
import { Bench, config, verdict } from './queueing.ts'
import { attribute } from './talk.ts'

const packet = udp('127.0.0.1:1 > 127.0.0.1:2', { payload: 'hello' })
const cut = packet.slice(0, packet.length - 1)
const [drop, accept] = [0, 1]
const onBridge: DeliverOptions = { family: 'bridge', hook: 'forward', indev: 'p1', outdev: 'p2' }

/** What happened to a packet that waited in queue 0 while `meanwhile` was done. */
async function waiting(bench: Bench, meanwhile: () => void, options: DeliverOptions = {}): Promise<Outcome> {
  const { outcome } = bench.deliver(packet, options)
  meanwhile()
  return outcome
}

/** The last of `count` packets. */
async function last(bench: Bench, count: number): Promise<Outcome> {
  for (let i = 1; i < count; i++) void bench.kernel.deliver(packet)
  return bench.kernel.deliver(packet)
}

/** A way to bring each reason about. */
const ways: { readonly [R in Reason]: readonly [Outcome['verdict'], (bench: Bench) => Promise<Outcome>] } = {
  passed: ['accept', ({ kernel }) => kernel.deliver(packet, { queue: null })],
  verdict: ['drop', (bench) => waiting(bench, () => bench.judge(1, drop))],
  rule: [
    'drop',
    ({ kernel }) => {
      kernel.rules.add({ hook: 'input', verdict: 'drop' })
      return kernel.deliver(packet, { queue: null })
    },
  ],
  bypass: ['accept', ({ kernel }) => kernel.deliver(packet, { queue: 5, bypass: true })],
  fragment: [
    'drop',
    () => {
      const putting = new SimulatedKernel({ defragmentation: true })
      const outcome = putting.deliver(fragments(packet, 8)[0]!, { queue: null })
      putting.advance(31)
      return outcome
    },
  ],
  'no listener': ['drop', ({ kernel }) => kernel.deliver(packet, { queue: 5 })],
  'copy mode none': [
    'drop',
    (bench) => {
      bench.config(0, config.params(0))
      return bench.kernel.deliver(packet, { bypass: true })
    },
  ],
  'queue full': [
    'drop',
    (bench) => {
      bench.config(0, config.maxLength(1))
      return last(bench, 2)
    },
  ],
  'socket full': [
    'drop',
    (bench) => {
      bench.socket.resize({ receive: 1 })
      return last(bench, 3)
    },
  ],
  'fail open': [
    'accept',
    (bench) => {
      bench.config(0, config.maxLength(1), config.flags(1), config.mask(1))
      return last(bench, 2)
    },
  ],
  'bad payload': ['drop', (bench) => waiting(bench, () => bench.judge(1, accept, attribute(10, packet.slice(0, 19))))],
  'hop limit': [
    'drop',
    ({ kernel }) => kernel.deliver(udp('10.0.0.1:1 > 10.0.0.2:2', { ttl: 1 }), { hook: 'forward' }),
  ],
  'bad link header': ['drop', (bench) => waiting(bench, () => bench.judge(1, accept, attribute(20, '0102')), onBridge)],
  malformed: [
    'drop',
    (bench) => waiting(bench, () => bench.judge(1, accept, attribute(10, cut)), { hook: 'output', loopback: true }),
  ],
  unbound: ['drop', (bench) => waiting(bench, () => bench.config(0, config.unbind))],
  'owner closed': ['drop', (bench) => waiting(bench, () => bench.socket.close())],
  'interface down': [
    'drop',
    (bench) => waiting(bench, () => bench.kernel.interfaceDown('p1'), { indev: 'p1', hook: 'input' }),
  ],
  'left bridge': [
    'drop',
    (bench) =>
      waiting(
        bench,
        () => {
          bench.kernel.leaveBridge('p1')
          bench.send(verdict(0, 1, accept))
        },
        onBridge,
      ),
  ],
  'hook removed': [
    'drop',
    (bench) => {
      bench.kernel.rules.addChain({ hook: 'output', table: 'raw' })
      return waiting(bench, () => bench.kernel.rules.removeChain({ hook: 'output', table: 'raw' }))
    },
  ],
  'namespace exit': ['drop', (bench) => waiting(bench, () => bench.kernel.exit())],
  'shared connection': ['drop', () => new Bench({ profile: '7.2' }).kernel.deliver(packet, { cloned: true })],
  conntrack: [
    'drop',
    async ({ kernel }) => {
      // A full table makes room only where a connection is not assured.
      kernel.conntrack.settings.max = 1
      const send = (bytes: Uint8Array) => kernel.deliver(bytes, { queue: null })
      for (const ends of ['10.0.0.1:1 > 10.0.0.2:2', '10.0.0.2:2 > 10.0.0.1:1']) await send(udp(ends))
      kernel.advance(3)
      await send(udp('10.0.0.1:1 > 10.0.0.2:2'))
      return send(udp('10.0.0.1:3 > 10.0.0.2:4'))
    },
  ],
}

test.each(Object.entries(ways))('%s', async (reason, [became, bringAbout]) => {
  const interfaces = { lo: 1, p1: { index: 2, bridge: 'br0' }, p2: { index: 3, bridge: 'br0' }, br0: 4 }
  const outcome = await bringAbout(new Bench({ interfaces }))
  expect([outcome.verdict, outcome.reason]).toEqual([became, reason])
})
