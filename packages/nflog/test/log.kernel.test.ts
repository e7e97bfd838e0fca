import { openMnl } from '@nfkit/mnl-native'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freshHost, hosts, rule, sendUdp, sh, udpListener, until } from '../../../test/host.ts'
import { LogError, type LoggedPacketView, type LogOptions, openLog, type PacketLog } from '../src/index.ts'

const open: PacketLog[] = []
let told: [string, unknown][]

async function logOf(options: Partial<LogOptions> = {}): Promise<PacketLog> {
  const log = await openLog(openMnl(), { group: 5, conntrack: 'prefer', flushMilliseconds: 10, ...options })
  for (const event of ['lost', 'trouble', 'handlerError'] as const)
    log.on(event, (what: unknown) => told.push([event, what]))
  open.push(log)
  return log
}

const gathered = (log: PacketLog) => {
  const packets: LoggedPacketView[] = []
  log.run((packet) => packets.push(packet))
  return packets
}

beforeEach(() => {
  freshHost()
  told = []
})
afterEach(async () => {
  for (const log of open.splice(0)) await log.close()
})

test.each(hosts)('a packet of %s is copied, and goes on', async (family, host) => {
  rule('-A INPUT -p udp --dport 5353 -j NFLOG --nflog-group 5 --nflog-prefix "dns x"')
  using listener = await udpListener(host, 5353)
  const packets = gathered(await logOf())
  await sendUdp(host, 5353, ['one', 'two'])
  await until(() => packets.length === 2 && listener.got.length === 2, 'both copies, and both packets')
  const [first, second] = packets
  expect(first).toMatchObject({ group: 5, prefix: 'dns x', sequence: 0, hook: 'input', indevName: 'lo' })
  expect(second!.sequence).toBe(1)
  expect(first!.ip).toMatchObject({ version: family === 'IPv4' ? 4 : 6, source: host, destinationPort: 5353 })
  expect(new TextDecoder().decode(first!.ip?.udp?.payload)).toBe('one')
  expect(first!.hardwareType).toBe(772)
  expect(first!.hardwareHeader).toHaveLength(14)
  expect(Math.abs(Number(first!.timestampNs! / 1_000_000n) - Date.now())).toBeLessThan(60_000)
  expect(told).toEqual([])
})

test('the sender of an outgoing packet is known', async () => {
  rule('-A OUTPUT -p udp --dport 5353 -j NFLOG --nflog-group 5')
  const packets = gathered(await logOf())
  await sendUdp('127.0.0.1', 5353, ['one'])
  await until(() => packets.length === 1, 'the copy')
  expect(packets[0]).toMatchObject({ hook: 'output', uid: process.getuid!(), gid: process.getgid!(), prefix: '' })
  expect(packets[0]!.timestampNs).toBeUndefined()
})

test('many come in one datagram, as many as the threshold, and all of them', async () => {
  rule('-A INPUT -p udp --dport 5353 -j NFLOG --nflog-group 5 --nflog-threshold 50')
  using _ = await udpListener('127.0.0.1', 5353)
  const log = await logOf({ threshold: 50, flushMilliseconds: 1_000 })
  const sizes: number[] = []
  const reading = (async () => {
    for await (const packets of log.batches()) sizes.push(packets.length)
  })()
  sh(flood(120))
  await until(() => log.stats().packets >= 100, 'two full datagrams')
  expect(log.stats().packets).toBe(100)
  await until(() => log.stats().packets === 120, 'the rest, when the time is over')
  await log.close()
  await reading
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(120)
  expect(told).toEqual([])
})

test('a packet of the largest size comes whole beside small ones', async () => {
  rule('-A INPUT -p udp --dport 5353 -j NFLOG --nflog-group 5')
  using _ = await udpListener('127.0.0.1', 5353)
  const packets = gathered(await logOf())
  sh(
    `python3 -c "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); [s.sendto(b'x' * n, ('127.0.0.1', 5353)) for n in (10, 60000, 20, 65480, 30)]"`,
  )
  await until(() => packets.length === 5, 'all of them')
  expect(packets.map(({ payload }) => payload!.length - 28)).toEqual([10, 60_000, 20, 65_480, 30])
})

/** Sent without giving the event loop a turn, so that nothing is read meanwhile. */
const flood = (count: number) =>
  `python3 -c "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); [s.sendto(b'x', ('127.0.0.1', 5353)) for _ in range(${count})]"`

test('what a full buffer costs is told exactly', async () => {
  rule('-A INPUT -p udp --dport 5353 -j NFLOG --nflog-group 5')
  using _ = await udpListener('127.0.0.1', 5353)
  const log = await logOf({ receiveBuffer: 30_000, threshold: 1 })
  gathered(log)
  sh(flood(2_000))
  await until(() => log.stats().packets > 0, 'those that found room')
  await sendUdp('127.0.0.1', 5353, ['after'])
  await until(() => log.stats().packets + log.stats().lost === 2_001, 'every packet to be accounted for')
  const { lost } = log.stats()
  expect(lost).toBeGreaterThan(0)
  expect(told).toEqual([['lost', { packets: lost }]])
})

describe('refusals', () => {
  test('a group has one reader, and is free again when that closes', async () => {
    const first = await logOf()
    const error = await logOf().catch((error: unknown) => error)
    expect(error).toBeInstanceOf(LogError)
    expect(error).toMatchObject({ reason: 'owned', code: 'EPERM' })
    await first.close()
    await logOf()
  })
})
