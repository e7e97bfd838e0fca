import { tcp, udp } from '@nfkit/ip-codec/build'
import { profiles, type Rule, SimulatedKernel } from '@nfkit/simulator'
import { describe, expect, test } from 'vitest'
import { LogError, type LoggedPacketView, type LogOptions, openLog, type PacketLog } from '../src/index.ts'

const question = udp('192.0.2.1:4000 > 198.51.100.2:53', { payload: new Uint8Array(20) })
const logged: Rule = { hook: 'input', protocol: 'udp', log: { group: 5, prefix: 'dns "x"' } }

async function stage(options: Partial<LogOptions> = {}, rule: Rule = logged, profile = profiles['debian-6.1']) {
  const kernel = new SimulatedKernel({ profile })
  kernel.rules.add(rule)
  const transport = kernel.connect()
  const log = await openLog(transport, { group: 5, threshold: 1, ...options })
  const told: [string, unknown][] = []
  for (const event of ['lost', 'warning', 'handlerError', 'trouble'] as const)
    log.on(event, (what: unknown) => told.push([event, what]))
  return { kernel, transport, log, told }
}

async function take(log: PacketLog, count: number): Promise<LoggedPacketView[]> {
  const packets: LoggedPacketView[] = []
  for await (const packet of log) if (packets.push(packet) === count) break
  return packets
}

test('a logged packet goes on, and its copy is read', async () => {
  const { kernel, log } = await stage()
  const outcome = await kernel.deliver(question, { indev: 'eth0', mark: 7 })
  expect(outcome.verdict).toBe('accept')
  const [packet] = await take(log, 1)
  expect(packet).toMatchObject({ group: 5, prefix: 'dns "x"', sequence: 0, hook: 'input', mark: 7, indevName: 'eth0' })
  expect(packet!.payload).toEqual(question)
  expect(packet!.ip?.udp?.destinationPort).toBe(53)
  expect(packet!.tuple?.source).toEqual({ address: '192.0.2.1', port: 4000 })
  expect(packet!.flow?.original.destination.port).toBe(53)
  expect(`${packet}`).toBe(
    'group 5 "dns \\"x\\"" input in eth0 192.0.2.1:4000 > 198.51.100.2:53 udp, 48 bytes mark 0x7',
  )
  expect(packet!.toJSON()).toMatchObject({
    group: 5,
    sequence: 0,
    prefix: 'dns "x"',
    family: 'ipv4',
    ip: { version: 4, source: '192.0.2.1', protocol: 'udp', destinationPort: 53 },
  })
  await log.closed
  kernel.assertQuiet()
})

test('packets outlive the burst they came in', async () => {
  const { kernel, log } = await stage({ threshold: 3 })
  const ports = [1, 2, 3]
  for (const port of ports) await kernel.deliver(udp(`192.0.2.1:${port} > 198.51.100.2:53`))
  const packets = await take(log, 3)
  for (let i = 0; i < 100; i++) await kernel.deliver(question)
  expect(packets.map(({ ip }) => ip?.sourcePort)).toEqual(ports)
})

describe('gathering', () => {
  test('so many are sent together, or what there is when the time is over', async () => {
    const { kernel, log } = await stage({ threshold: 4, flushMilliseconds: 200 })
    const batches = log.batches()
    for (let i = 0; i < 6; i++) await kernel.deliver(question)
    expect((await batches.next()).value).toHaveLength(4)
    const rest = batches.next()
    kernel.advance(0.199)
    await new Promise((resolve) => setImmediate(resolve))
    expect(log.stats().packets).toBe(4)
    kernel.advance(0.001)
    expect((await rest).value).toHaveLength(2)
    await log.close()
  })

  test('a rule asks for fewer, not for more', async () => {
    const { kernel, log } = await stage({ threshold: 4 }, { ...logged, log: { group: 5, threshold: 2 } })
    const batches = log.batches()
    for (let i = 0; i < 2; i++) await kernel.deliver(question)
    expect((await batches.next()).value).toHaveLength(2)
    await log.close()
  })

  test('what is gathered is read at the end of its reader only when that takes it', async () => {
    const { kernel, log } = await stage({ threshold: 10 })
    await kernel.deliver(question)
    await log.close()
    expect(log.stats()).toMatchObject({ packets: 0, lost: 0 })
    kernel.assertQuiet()
  })
})

test.each([
  [0, 0],
  [28, 28],
  [65_531, 48],
])('of a packet of 48 bytes, a range of %i copies %i', async (copyRange, copied) => {
  const { kernel, log } = await stage({ copyRange })
  await kernel.deliver(question)
  const [packet] = await take(log, 1)
  expect(packet!.payload?.length ?? 0).toBe(copied)
})

test('numbers that are missing are told as lost, once and exactly', async () => {
  const { kernel, transport, log, told } = await stage({ receiveBuffer: 4_000 })
  await new Promise((resolve) => setTimeout(resolve))
  told.length = 0
  transport.pause()
  for (let i = 0; i < 50; i++) await kernel.deliver(question)
  transport.resume()
  const before = log.batches()
  const first = (await before.next()).value as LoggedPacketView[]
  await kernel.deliver(question)
  await before.next()
  const { packets, lost } = log.stats()
  expect(first.length).toBeGreaterThan(0)
  expect(lost).toBeGreaterThan(0)
  expect(packets + lost).toBe(51)
  expect(told).toEqual([['lost', { packets: lost }]])
  await log.close()
  expect(told).toHaveLength(1)
})

test('a loss that no packet follows is told when the log closes, without a number', async () => {
  const { kernel, transport, log, told } = await stage({ receiveBuffer: 4_000 })
  await new Promise((resolve) => setTimeout(resolve))
  told.length = 0
  transport.pause()
  for (let i = 0; i < 50; i++) await kernel.deliver(question)
  transport.resume()
  for await (const packets of log.batches()) if (packets.length > 0) break
  await new Promise((resolve) => setImmediate(resolve))
  await log.close()
  expect(told).toEqual([['lost', { packets: undefined }]])
})

test('a handler that throws is told, and the next packet comes', async () => {
  const { kernel, log, told } = await stage()
  const seen: number[] = []
  const running = log.run(async ({ sequence }) => {
    seen.push(sequence)
    if (sequence === 0) throw new Error('no')
    await log.close()
  })
  await kernel.deliver(question)
  await kernel.deliver(question)
  await running
  expect(seen).toEqual([0, 1])
  expect(told.filter(([event]) => event === 'handlerError')).toEqual([['handlerError', { error: new Error('no') }]])
})

test('the packets are taken once', async () => {
  const { log } = await stage()
  log.batches()
  expect(() => log.batches()).toThrow('taken already')
  await expect(log.run(() => {})).rejects.toThrow('taken already')
  await log.close()
})

test('while nobody reads the group, nothing is kept', async () => {
  const kernel = new SimulatedKernel()
  kernel.rules.add(logged)
  for (let i = 0; i < 10; i++) await kernel.deliver(question)
  const log = await openLog(kernel.connect(), { group: 5, threshold: 1 })
  await kernel.deliver(question)
  const [packet] = await take(log, 1)
  expect(packet!.sequence).toBe(0)
})

describe('refusals', () => {
  test('a group of another socket', async () => {
    const { kernel, log } = await stage()
    const error = await openLog(kernel.connect(), { group: 5 }).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(LogError)
    expect(error).toMatchObject({ group: 5, reason: 'owned', code: 'EPERM' })
    await log.close()
  })

  test('without privilege', async () => {
    const kernel = new SimulatedKernel()
    const error = await openLog(kernel.connect({ privileged: false }), { group: 5 }).catch((error: unknown) => error)
    expect(error).toMatchObject({ reason: 'permission', code: 'EPERM' })
    kernel.assertQuiet()
  })

  test('connections that must come, on a kernel that sends none', async () => {
    const kernel = new SimulatedKernel({ profile: '6.18' })
    const error = await openLog(kernel.connect(), { group: 5, conntrack: 'require' }).catch((error: unknown) => error)
    expect(error).toMatchObject({ reason: 'conntrack', code: 'EOPNOTSUPP' })
    const { log, told } = await stage({}, logged, profiles['6.18'])
    await new Promise((resolve) => setTimeout(resolve))
    expect(log.conntrack).toBe(false)
    expect(told).toEqual([['warning', expect.stringContaining('packet.flow stays undefined')]])
    await log.close()
  })

  test.each([
    [{ gruop: 5 }, TypeError, 'did you mean "group"?'],
    [{ group: 65_536 }, RangeError, 'group: 65536'],
    [{ group: 5, copyRange: 70_000 }, RangeError, 'copyRange'],
    [{ group: 5, conntrack: 'perhaps' }, RangeError, 'conntrack'],
    [{ group: 5, threshold: 0 }, RangeError, 'threshold'],
  ])('%j', async (options, kind, text) => {
    const kernel = new SimulatedKernel()
    const error = await openLog(kernel.connect(), options as never).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(kind)
    expect((error as Error).message).toContain(text)
    kernel.assertQuiet()
  })
})

test('the reason of a signal ends opening, and an open log', async () => {
  const kernel = new SimulatedKernel()
  const aborted = AbortSignal.abort(new Error('enough'))
  await expect(openLog(kernel.connect(), { group: 5, signal: aborted })).rejects.toThrow('enough')
  const controller = new AbortController()
  const log = await openLog(kernel.connect(), { group: 5, signal: controller.signal })
  controller.abort()
  await log.closed
  kernel.assertQuiet()
})

test('a socket that is closed under the log ends it, and a loop over it', async () => {
  const { kernel, transport, log, told } = await stage()
  const taken = take(log, 1)
  kernel.inject({ kind: 'read error', code: 'EBADF' }, transport)
  await kernel.deliver(tcp('192.0.2.1:1 > 192.0.2.2:2'))
  await kernel.deliver(question)
  await expect(taken).rejects.toMatchObject({ code: 'EBADF' })
  expect(told.map(([event]) => event)).toContain('trouble')
  await log.closed
})
