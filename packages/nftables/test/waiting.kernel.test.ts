import { execFileSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue, type Packet, type Queue } from '@nfkit/nfqueue'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { steadyLoad } from '../../../test/load.ts'
import {
  accept,
  counter,
  drop,
  ip,
  jump,
  type Nftables,
  openNftables,
  type Part,
  table,
  queue as toQueue,
  udp,
} from '../src/index.ts'

/** What becomes of packets that wait in a queue while rules change: each arrives, or none does, whoever's queue it is. */

const port = 9000
const nft = (...args: string[]) => execFileSync('nft', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString()

let ours: Nftables
let judge: Queue
let receiver: Socket
let sender: Socket
let arrived: Set<number>
let waiting: Packet[]

const held = table('inet', 'held')
const judging = held.chain('judging', { hook: 'output', priority: 10 })

beforeEach(async () => {
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  ours = await openNftables(openMnl())
  judge = await openQueue(openMnl(), { number: 5, deadlineMilliseconds: Number.POSITIVE_INFINITY })
  waiting = []
  judge.run((packet) => {
    packet.hold()
    waiting.push(packet)
  })
  await ours.commit((batch) => batch.add(held, judging, judging.rule(udp.dport.is(port), toQueue(5))))
  receiver = createSocket('udp4')
  receiver.bind(port, '127.0.0.1')
  await once(receiver, 'listening')
  arrived = new Set()
  receiver.on('message', (message) => arrived.add(message.readUInt32BE(0)))
  sender = createSocket('udp4')
})
afterEach(async () => {
  sender.close()
  receiver.close()
  await judge.close()
  ours.close()
  nft('flush', 'ruleset')
})

const sent = (n: number) => {
  const message = Buffer.alloc(4)
  message.writeUInt32BE(n)
  return new Promise<void>((resolve, reject) =>
    sender.send(message, port, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
  )
}

/** Sends packets, and resolves when all of them wait. */
async function send(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await sent(n)
  await expect.poll(() => waiting.length, { timeout: 20_000 }).toBe(count)
}

/** Accepts all that wait, and tells how many arrive: the last one sent is not held back. */
async function arrivals(): Promise<number> {
  for (const packet of waiting) packet.accept()
  await new Promise((resolve) => setTimeout(resolve, 50))
  await ours.commit((batch) => batch.flush(judging))
  const last = 0xffff_ffff
  const isThere = async () => {
    await sent(last)
    return arrived.has(last)
  }
  await expect.poll(isThere, { timeout: 20_000 }).toBe(true)
  return arrived.size - 1
}

const fw = table('inet', 'fw')
const out = fw.chain('out', { hook: 'output', priority: 20 })
const regular = fw.chain('regular')

describe('waiting packets stay', () => {
  test.each<[string, () => Promise<unknown>]>([
    [
      'while a table with a base chain is committed',
      () => ours.commit((batch) => batch.add(fw, out, out.rule(accept()))),
    ],
    [
      'when a batch with a new base chain is refused',
      () => ours.commit((batch) => batch.add(fw, out, out.rule(jump('nowhere')))),
    ],
    [
      'when a new base chain of a table that is there is refused',
      async () => {
        await ours.commit((batch) => batch.add(fw))
        await ours.commit((batch) => batch.add(out, out.rule(jump('nowhere'))))
      },
    ],
    [
      'while a batch with a new base chain is checked',
      () => ours.check((batch) => batch.add(fw, out, out.rule(counter()))),
    ],
    ['while features are asked for', () => ours.features()],
    [
      'while a table without a base chain goes with its owner',
      async () => {
        const mine = table('inet', 'mine', { owner: true })
        const owner = await openNftables(openMnl())
        await owner.commit((batch) => batch.add(mine, mine.chain('c')))
        owner.close()
      },
    ],
    [
      'while policies are applied',
      async () => {
        for (let i = 0; i < 20; i++) {
          const wanted: Part[] = [
            fw,
            fw.chain('out', { hook: 'output', priority: 20, policy: i % 2 ? 'accept' : 'accept' }),
            regular,
          ]
          await ours.apply([
            ...wanted,
            regular.rule(udp.dport.is(i), counter()),
            out.rule(ip.daddr.is('192.0.2.1'), jump(regular)),
          ])
          await ours.apply(i % 2 ? [fw] : wanted)
        }
      },
    ],
  ])('%s', async (_, change) => {
    await send(50)
    await change().catch(() => {})
    expect(await arrivals()).toBe(50)
  })
})

test('waiting packets stay when a table that persists loses its owner, and is adopted', async ({ skip }) => {
  if (!(await ours.features()).persist) skip('this kernel has no tables that outlive their owner: Linux 6.9 has')
  const mine = table('inet', 'mine', { owner: true, persist: true })
  await send(50)
  const owner = await openNftables(openMnl())
  await owner.commit((batch) => batch.add(mine, mine.chain('c', { hook: 'output', priority: 30 })))
  owner.close()
  await ours.commit((batch) => batch.add(mine))
  expect(await arrivals()).toBe(50)
})

describe('waiting packets are lost', () => {
  test.each<[string, () => Promise<unknown>]>([
    [
      'when a base chain is deleted',
      async () => {
        await ours.commit((batch) => batch.add(fw, out))
        await ours.commit((batch) => batch.delete(out))
      },
    ],
    [
      'when a table with a base chain goes with its owner',
      async () => {
        const mine = table('inet', 'mine', { owner: true })
        const owner = await openNftables(openMnl())
        await owner.commit((batch) => batch.add(mine, mine.chain('c', { hook: 'output', priority: 30 })))
        owner.close()
      },
    ],
  ])('%s', async (_, change) => {
    await send(50)
    await change()
    expect(await arrivals()).toBe(0)
  })
})

test('1,000 policies are applied beside 10,000 packets/s that pass a queue, and none is lost', async () => {
  await judge.close()
  judge = await openQueue(openMnl(), { number: 5, maxLength: 65_535 })
  judge.run((packet) => packet.accept())
  const counted = table('inet', 'counted')
  const behind = counted.chain('behind', { hook: 'output', priority: 40 })
  const passed = counted.counter('passed')
  await ours.commit((batch) =>
    batch.add(counted, behind, passed, behind.rule(udp.dport.is(port), counter(passed), drop())),
  )
  using load = steadyLoad('127.0.0.1', port, 10_000)
  for (let n = 0; n < 1_000; n++) await ours.apply([fw, out, out.rule(udp.dport.is(n), counter())])
  const { sent } = await load.stop()
  const through = async () => {
    const state = (await ours.list({ table: counted })).tables[0]!.objects[0]!.object.state
    return state.kind === 'counter' ? Number(state.packets) : undefined
  }
  await expect.poll(through, { timeout: 20_000 }).toBe(sent)
  expect(sent).toBeGreaterThan(1_000)
}, 300_000)
