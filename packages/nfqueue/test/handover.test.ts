import { udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel } from '@nfkit/simulator'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkHandover, type Handover } from '../src/handover/handover.ts'
import { openQueue } from '../src/index.ts'
import { handoverSuite, type World } from './suites/handover.ts'

class SimulatedWorld implements World {
  readonly kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  readonly arrived: string[] = []

  open() {
    return this.kernel.connect()
  }

  async send(...texts: string[]): Promise<void> {
    for (const text of texts) {
      const payload = new TextEncoder().encode(text)
      const outcome = this.kernel.deliver(udp('192.0.2.1:4000 > 198.51.100.2:53', { payload }))
      outcome.then(({ verdict }) => {
        if (verdict === 'accept') this.arrived.push(text)
      })
    }
  }

  isBound(): boolean {
    return this.kernel.procNetlinkQueue() !== ''
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kernel.assertQuiet()
  }
}

handoverSuite('the simulated kernel', async () => new SimulatedWorld())

test("where the kernel's table cannot be read the first packet tells what was left", async () => {
  const world = new SimulatedWorld()
  const socket = world.open()
  const transport = socket.heir()
  const first = await openQueue(transport, { number: 0, conntrack: 'off' })
  const held = first.run((packet) => void packet.hold())
  await world.send('orphan')
  while (first.stats().pending === 0) await new Promise((resolve) => setImmediate(resolve))
  transport.close()
  const heir = Object.assign(socket.heir(), { procNet: () => undefined })
  const second = await openQueue(heir, { number: 0, conntrack: 'off' })
  second.run((packet) => packet.accept())
  expect(world.arrived).toEqual([])
  await world.send('news')
  while (world.arrived.length < 2) await new Promise((resolve) => setImmediate(resolve))
  expect(world.arrived).toEqual(['news', 'orphan'])
  await second.close()
  await held
  socket.close()
})

test('losses are counted from where the one before stopped', async () => {
  const world = new SimulatedWorld()
  const socket = world.open()
  const first = await openQueue(socket.heir(), { number: 0, conntrack: 'off' })
  first.run((packet) => packet.accept())
  await world.send('a')
  while (world.arrived.length < 1) await new Promise((resolve) => setImmediate(resolve))
  const handover = await first.handOver()
  world.kernel.inject({ kind: 'overrun', at: 1 }, socket)
  await world.send('lost', 'b')
  const second = await openQueue(socket.heir(), { number: 0, conntrack: 'off', handover })
  second.run((packet) => packet.accept())
  while (world.arrived.length < 2) await new Promise((resolve) => setImmediate(resolve))
  expect(second.stats().lost).toBe(1)
  await second.close()
  socket.close()
})

test('whatever comes in place of a message, or of a field, is a message or is refused by name', () => {
  const right: Handover = { version: 1, queue: 0, lastId: 7, returned: 2 }
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, Number.NaN, 7n, -0, 2 ** 32, 0xffff_ffff))
  const field = fc.constantFrom('version', 'queue', 'lastId', 'returned', 'more')
  const isWhole = (one: unknown, most: number) =>
    Number.isInteger(one) && (one as number) >= 0 && (one as number) <= most
  fc.assert(
    fc.property(
      fc.oneof(
        value,
        fc.tuple(field, value).map(([name, one]) => ({ ...right, [name]: one })),
      ),
      (given) => {
        try {
          checkHandover(given as Handover, 0)
        } catch (error) {
          expect([TypeError, RangeError]).toContain((error as Error).constructor)
          return
        }
        const { version, queue, lastId = 0, returned = 0 } = given as Handover
        const isOurs = version === 1 && queue === 0
        expect([isOurs, isWhole(lastId, 0xffff_ffff), isWhole(returned, Number.MAX_SAFE_INTEGER)]).not.toContain(false)
      },
    ),
  )
})
