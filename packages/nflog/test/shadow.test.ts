import { tcp, udp } from '@nfkit/ip-codec/build'
import { openQueue } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'
import { describe, expect, test } from 'vitest'
import { type Judgeable, type LoggedPacketView, openLog, Shadow, type ShadowOptions } from '../src/index.ts'

const packetTo = (port: number, id = 0) =>
  udp(`192.0.2.1:4000 > 198.51.100.2:${port}`, { payload: Uint8Array.of(id >> 16, id >> 8, id) })

/** Every packet is logged, then queued. */
async function stage(policy: (packet: Judgeable) => 'accept' | 'drop', options: ShadowOptions = {}) {
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'input', log: { group: 5, threshold: 1 }, queue: 0 })
  const queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'off', onUnjudged: 'accept' })
  const log = await openLog(kernel.connect(), { group: 5, conntrack: 'off' })
  let now = 0
  const shadow = new Shadow(policy, { now: () => now, ...options })
  const copies: LoggedPacketView[] = []
  return {
    kernel,
    queue,
    log,
    shadow,
    copies,
    advance: (milliseconds: number) => {
      now += milliseconds
    },
    end: async () => {
      await queue.close()
      await log.close()
      kernel.assertQuiet()
    },
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

test('the differences are those of the policies', async () => {
  const { kernel, queue, log, shadow, end } = await stage(({ ip }) => (ip?.destinationPort === 53 ? 'drop' : 'accept'))
  const told: string[] = []
  shadow.on('difference', ({ packet, live, shadow }) => told.push(`${packet.ip?.destinationPort} ${live} ${shadow}`))
  queue.observe(shadow.judged)
  shadow.follow(log)
  queue.run((packet) => (packet.ip?.destinationPort === 80 ? 'drop' : 'accept'))
  for (const port of [53, 80, 443]) await kernel.deliver(packetTo(port))
  await settled()
  expect(shadow.report()).toEqual({
    compared: 3,
    different: 2,
    kinds: { 'accept → drop': 1, 'drop → accept': 1 },
    withoutCopy: 0,
    withoutVerdict: 0,
    ambiguous: 0,
    failed: 0,
    waiting: 0,
  })
  expect(told).toEqual(['53 accept drop', '80 drop accept'])
  await end()
})

test('one handler serves a queue and a shadow', async () => {
  const policy = (packet: Judgeable) => {
    if (packet.ip?.destinationPort === 53) packet.accept({ mark: 7 })
    else packet.drop()
  }
  const { kernel, queue, log, end } = await stage(() => 'accept')
  const shadow = new Shadow(policy)
  queue.observe(shadow.judged)
  shadow.follow(log)
  queue.run(policy)
  for (const port of [53, 80]) await kernel.deliver(packetTo(port))
  await settled()
  expect(shadow.report()).toMatchObject({ compared: 2, different: 0 })
  await end()
})

test('a mark is a part of the verdict', async () => {
  const { kernel, queue, log, end } = await stage(() => 'accept')
  const shadow = new Shadow((packet) => packet.accept({ mark: 8 }))
  queue.observe(shadow.judged)
  shadow.follow(log)
  queue.run((packet) => packet.accept({ mark: 7 }))
  await kernel.deliver(packetTo(53))
  await settled()
  expect(shadow.report().kinds).toEqual({ 'accept mark 0x7 → accept mark 0x8': 1 })
  await end()
})

describe('what cannot be compared is counted, and is no difference', () => {
  test('copies that are lost', async () => {
    const { kernel, queue, shadow, advance, end } = await stage(() => 'drop')
    queue.observe(shadow.judged)
    queue.run(() => 'accept')
    await kernel.deliver(packetTo(53))
    expect(shadow.report()).toMatchObject({ waiting: 1, withoutCopy: 0 })
    advance(5_001)
    expect(shadow.report()).toMatchObject({ compared: 0, different: 0, waiting: 0, withoutCopy: 1 })
    await end()
  })

  test('copies of packets that no queue had', async () => {
    const { kernel, log, queue, shadow, advance, end } = await stage(() => 'drop')
    shadow.follow(log)
    queue.run(() => 'accept')
    await kernel.deliver(packetTo(53))
    await settled()
    advance(5_001)
    expect(shadow.report()).toMatchObject({ compared: 0, waiting: 0, withoutVerdict: 1 })
    await end()
  })

  test('equal packets that were judged differently while they waited', async () => {
    const { kernel, queue, log, shadow, end } = await stage(() => 'accept')
    queue.observe(shadow.judged)
    let count = 0
    queue.run(() => (count++ === 0 ? 'accept' : 'drop'))
    await kernel.deliver(packetTo(53))
    await kernel.deliver(packetTo(53))
    shadow.follow(log)
    await settled()
    expect(shadow.report()).toMatchObject({ compared: 0, different: 0, ambiguous: 2 })
    await end()
  })

  test('a policy that throws, rejects, or says nothing', async () => {
    const { kernel, queue, log, end } = await stage(() => 'accept')
    let count = 0
    const ways: (() => unknown)[] = [
      () => {
        throw new Error('threw')
      },
      () => Promise.reject(new Error('rejected')),
      () => undefined,
      () => 'acept',
    ]
    const shadow = new Shadow((() => ways[count++]!()) as never)
    const told: unknown[] = []
    shadow.on('failed', ({ error }) => told.push((error as Error).message))
    queue.observe(shadow.judged)
    shadow.follow(log)
    queue.run(() => 'accept')
    for (let i = 0; i < ways.length; i++) await kernel.deliver(packetTo(53, i))
    await settled()
    expect(shadow.report()).toMatchObject({ compared: 0, failed: 4, waiting: 4 })
    expect(told).toEqual([
      'threw',
      'rejected',
      'the policy gave the packet no verdict: it returned undefined',
      'the policy gave the packet no verdict: it returned "acept"',
    ])
    await end()
  })

  test('what exceeds the limit: the oldest', async () => {
    const { kernel, queue, shadow, end } = await stage(() => 'drop', { limit: 10 })
    queue.observe(shadow.judged)
    queue.run(() => 'accept')
    for (let i = 0; i < 30; i++) await kernel.deliver(packetTo(53, i))
    expect(shadow.report()).toMatchObject({ waiting: 10, withoutCopy: 20 })
    await end()
  })
})

test('a copy with an unfinished checksum is that of the packet with a finished one', async () => {
  const { kernel, queue, log, shadow, end } = await stage(() => 'accept')
  queue.observe(shadow.judged)
  shadow.follow(log)
  queue.run(() => 'accept')
  const bytes = tcp('192.0.2.1:4000 > 198.51.100.2:443', { syn: true })
  bytes[36]! ^= 0xff
  await kernel.deliver(bytes, { checksum: 'partial' })
  await settled()
  expect(shadow.report()).toMatchObject({ compared: 1, different: 0, waiting: 0 })
  await end()
})

test('the reported differences of a hundred thousand packets are the true ones, though copies are lost', async () => {
  let now = 0
  const shadow = new Shadow(({ payload }) => (payload![28]! % 7 === 0 ? 'drop' : 'accept'), {
    now: () => now,
    limit: 1_000,
  })
  const { kernel, log } = await stage(() => 'accept')
  let copy: LoggedPacketView | undefined
  log.run((packet) => {
    copy = packet
  })
  const judge = (bytes: Uint8Array) => (bytes[29]! % 5 === 0 ? 'drop' : 'accept')
  let expected = 0
  let lost = 0
  let random = 1
  const next = () => (random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0)
  await kernel.deliver(packetTo(53))
  await settled()
  const { message, readAt, names } = copy!
  const View = copy!.constructor as new (...args: unknown[]) => LoggedPacketView
  for (let i = 0; i < 100_000; i++) {
    now += 1
    const bytes = packetTo(53, i)
    bytes[28] = next() >>> 24
    bytes[29] = next() >>> 24
    const live = judge(bytes)
    const whole = message.bytes.slice()
    whole.set(bytes, whole.length - bytes.length)
    const Message = message.constructor as new (...args: unknown[]) => typeof message
    const late = next() % 2 === 0
    const isLost = next() % 100 === 0
    const judged = () => shadow.judged({ payload: bytes }, { verdict: live as 'accept' })
    if (!late) judged()
    if (isLost) lost++
    else await shadow.copy(new View(new Message(whole, 0, whole.length), readAt, names))
    if (late) judged()
    if (!isLost && live !== (bytes[28]! % 7 === 0 ? 'drop' : 'accept')) expected++
  }
  now += 10_000
  const { compared, different, ambiguous, withoutCopy, withoutVerdict } = shadow.report()
  expect({ different, ambiguous, compared, withoutCopy, withoutVerdict }).toEqual({
    different: expected,
    ambiguous: 0,
    compared: 100_000 - lost,
    withoutCopy: lost,
    withoutVerdict: 0,
  })
  kernel.exit()
})
