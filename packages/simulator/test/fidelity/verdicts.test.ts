import { formatHex } from '@nfkit/inet'
import { errno } from '@nfkit/netlink-codec'
import { expect, test } from 'vitest'
import { SimulatedKernel } from '../../src/index.ts'
import { acknowledged, Bench, be32Hex, config, configure, type, udp, verdict } from '../queueing.ts'
import { ask, attribute, drain, errorAt, errorOf, hex, message, nest, typeAt } from '../talk.ts'

const [drop, accept, stolen, queue, repeat, stop] = [0, 1, 2, 3, 4, 5] as const
const payload = (bytes: Uint8Array) => attribute(10, bytes)

test('F-080 verdicts that name nothing are refused, asked or not', () => {
  const bench = new Bench()
  bench.deliver()
  const other = bench.open()
  const refusal = (request: Uint8Array, socket = bench.socket) => ask(socket, request).map(errorAt)
  for (const request of [verdict(0, 99, accept), acknowledged(verdict(0, 99, accept))])
    expect(refusal(request)).toEqual([-errno.ENOENT])
  expect(refusal(verdict(5, 1, accept))).toEqual([-errno.ENODEV])
  expect(refusal(verdict(0, 1, accept), other)).toEqual([-errno.EPERM])
  expect(refusal(message(type.verdict, { flags: 1 }))).toEqual([-errno.EINVAL])
  expect(refusal(message(type.verdict, { flags: 1 }, attribute(2, '00000001')))).toEqual([-errno.ERANGE])
  for (const short of [3, 21]) expect(refusal(verdict(0, 1, accept, attribute(short, '0000')))).toEqual([-errno.ERANGE])
  for (const bad of [stolen, 6, 7, 255, 0x10006]) expect(refusal(verdict(0, 1, bad))).toEqual([-errno.EINVAL])
  expect(bench.proc(2)).toBe(1)
  expect(bench.judge(1, accept)).toBe(0)
  expect(bench.judge(1, accept)).toBe(-errno.ENOENT)
})

test('F-081 a verdict is silent, or answered 0 when asked', async () => {
  const bench = new Bench()
  const { outcome } = bench.deliver()
  expect(bench.send(verdict(0, 1, accept))).toEqual([])
  expect(await outcome).toMatchObject({ verdict: 'accept', reason: 'verdict' })
  bench.deliver()
  expect(bench.judge(2, drop)).toBe(0)
})

test('F-082 verdicts come in any order', async () => {
  const bench = new Bench()
  const outcomes = [1, 2, 3].map(() => bench.deliver().outcome)
  for (const id of [3, 1, 2]) expect(bench.judge(id, id === 1 ? drop : accept)).toBe(0)
  expect((await Promise.all(outcomes)).map((one) => one.verdict)).toEqual(['drop', 'accept', 'accept'])
})

/** A chain that queues to 0, followed by rules of the same and of a later chain. */
function chains(bench: Bench) {
  const { rules } = bench.kernel
  const queueing = rules.add({ hook: 'input', queue: 0, mark: 0 })
  const same = rules.add({ hook: 'input', setMark: { value: 0x100, mask: 0x100 } })
  const later = rules.add({ hook: 'input', table: 'security', setMark: { value: 0x200, mask: 0x200 } })
  return { queueing, same, later }
}

test('F-083 what each verdict does', async () => {
  const bench = new Bench()
  const { queueing } = chains(bench)
  const judged = async (value: number, ...more: Uint8Array[]) => {
    const { outcome, packets } = bench.deliver()
    expect(bench.judge(packets[0]!.id, value, ...more)).toBe(0)
    return outcome
  }
  expect(await judged(drop)).toMatchObject({ verdict: 'drop', reason: 'verdict' })
  expect(await judged(accept)).toMatchObject({ verdict: 'accept', mark: 0x200 })
  expect(await judged(stop)).toMatchObject({ verdict: 'accept', mark: 0 })
  expect(await judged(repeat, attribute(3, '00000001'))).toMatchObject({ verdict: 'accept', mark: 0x301, requeues: 0 })
  expect(queueing.matched).toBe(4)

  bench.config(7, config.bind, config.params(2))
  const { outcome } = bench.deliver()
  expect(bench.send(verdict(0, 5, (7 << 16) | queue))).toHaveLength(1)
  expect(bench.kernel.pending).toMatchObject([{ queue: 7, id: 1 }])
  bench.send(verdict(7, 1, (7 << 16) | queue))
  bench.send(verdict(7, 2, accept))
  expect(await outcome).toMatchObject({
    verdict: 'accept',
    mark: 0x200,
    requeues: 2,
    queues: [
      { queue: 0, id: 5 },
      { queue: 7, id: 1 },
      { queue: 7, id: 2 },
    ],
  })

  const again = bench.deliver()
  expect(ask(bench.socket, verdict(0, 6, repeat)).map((bytes) => bytes[27])).toEqual([7])
  bench.judge(7, drop)
  expect(await again.outcome).toMatchObject({ verdict: 'drop', requeues: 1 })
})

test('F-084 a packet moved to a queue that is missing is dropped, or passes with the bypass flag', async () => {
  const bench = new Bench()
  const [dropped, passed] = [bench.deliver(), bench.deliver()]
  expect(bench.judge(1, (9 << 16) | queue)).toBe(0)
  expect(bench.judge(2, ((9 << 16) | 0x8000 | queue) >>> 0)).toBe(0)
  expect(await dropped.outcome).toMatchObject({ verdict: 'drop', reason: 'no listener' })
  expect(await passed.outcome).toMatchObject({ verdict: 'accept', reason: 'bypass' })
})

test('F-085 bits above the low byte make ACCEPT a STOP', async () => {
  for (const value of [0x101, 0x10001, 0xffff_ff01]) {
    const bench = new Bench()
    bench.kernel.rules.add({ hook: 'input', queue: 0 })
    bench.kernel.rules.add({ hook: 'input', table: 'security', verdict: 'drop' })
    const { outcome } = bench.deliver()
    expect(bench.judge(1, value)).toBe(0)
    expect(await outcome).toMatchObject({ verdict: 'accept' })
    const plain = bench.deliver()
    expect(bench.judge(2, accept)).toBe(0)
    expect(await plain.outcome).toMatchObject({ verdict: 'drop', reason: 'rule' })
  }
})

test('F-086 a packet queued again is there before the ACK', () => {
  const bench = new Bench()
  bench.deliver()
  expect(bench.send(acknowledged(verdict(0, 1, queue))).map(typeAt)).toEqual([0x300, 2])
})

test('F-087 mark and priority of a verdict show in the next queue', () => {
  const bench = new Bench()
  bench.deliver(udp, { mark: 9 })
  bench.send(verdict(0, 1, queue, attribute(3, '0000002a'), attribute(21, '00000007')))
  bench.send(verdict(0, 2, queue))
  const [again] = bench.send(verdict(0, 3, queue, attribute(3, '00000000')))
  expect(formatHex(again!.subarray(40, 60))).toContain('0800150000000007')
  expect(bench.kernel.pending).toMatchObject([{ id: 4 }])
  expect(formatHex(again!)).not.toContain('080003000000002a')
})

const icmp = hex('4500001c000000004001 0000 7f000001 7f000001 0800 0000 0001 0001')

test('F-088 a payload may shrink to the transport header and grow; less drops the packet, and is answered 0', async () => {
  const judged = async (bytes: Uint8Array, profile: '6.18' | '7.2' = '6.18', options = {}) => {
    const bench = new Bench({ profile, interfaces: { lo: 1, p1: { index: 2, bridge: 'br0' }, br0: 3 } })
    const { outcome } = bench.deliver(udp, options)
    expect(bench.judge(1, accept, payload(bytes))).toBe(0)
    return outcome
  }
  const padded = (length: number) => {
    const bytes = new Uint8Array(length)
    bytes.set(udp.subarray(0, length))
    return bytes
  }
  for (const length of [33, 34, 1500, 65_531, 32, 28, 20]) {
    const outcome = await judged(padded(length))
    expect(outcome).toMatchObject({ verdict: 'accept' })
    expect(outcome.payload).toEqual(padded(length))
  }
  for (const length of [19, 1, 0])
    expect(await judged(padded(length))).toMatchObject({ verdict: 'drop', reason: 'bad payload' })

  const wrong = udp.slice()
  wrong[3] = 99
  expect(await judged(wrong, '6.18')).toMatchObject({ verdict: 'accept' })
  for (const [at, value] of [
    [3, 99],
    [0, 0x65],
    [0, 0x46],
    [7, 1],
  ] as const) {
    const bytes = udp.slice()
    bytes[at] = value
    expect(await judged(bytes, '7.2')).toMatchObject({ verdict: 'drop', reason: 'bad payload' })
  }
  const unfragmented = udp.slice()
  unfragmented[6] = 0
  expect(await judged(unfragmented, '7.2')).toMatchObject({ verdict: 'accept' })
  expect(await judged(udp, '7.2', { family: 'bridge', indev: 'p1' })).toMatchObject({ verdict: 'drop' })
})

test('F-089 checksums and lengths inside a payload are left as they are', async () => {
  const bench = new Bench()
  const bytes = udp.slice()
  bytes[10] = 0xde
  bytes[26] = 0xad
  bytes[3] = 99
  const { outcome } = bench.deliver()
  bench.judge(1, accept, payload(bytes))
  expect((await outcome).payload).toEqual(bytes)
})

test('F-090 NFQA_CT without glue or connection, and link-layer attributes outside bridges, are ignored', async () => {
  for (const [profile, notrack] of [
    ['6.18', false],
    ['debian-6.1', true],
  ] as const) {
    const bench = new Bench({ profile })
    const { outcome } = bench.deliver(udp, { notrack })
    const ct = nest(11, attribute(8, '00000007'))
    expect(bench.judge(1, accept, ct, nest(19, attribute(1, '8100')), attribute(20, 'ff'))).toBe(0)
    const { connmark, verdict: became } = await outcome
    expect([became, connmark]).toEqual(['accept', notrack ? undefined : 0])
  }
})

test('F-091 in the bridge family half a VLAN tag, or a link-layer header of another length, drops the packet', async () => {
  const interfaces = { lo: 1, p1: { index: 2, bridge: 'br0' }, p2: { index: 3, bridge: 'br0' }, br0: 4 }
  const linkHeader = hex('020000000003 020000000002 0800')
  const judged = (...more: Uint8Array[]) => {
    const bench = new Bench({ interfaces, profile: 'debian-6.1' })
    const { outcome } = bench.deliver(udp, { family: 'bridge', hook: 'forward', indev: 'p1', outdev: 'p2', linkHeader })
    return { answer: bench.judge(1, accept, ...more), outcome }
  }
  for (const bad of [
    nest(19, attribute(1, '8100')),
    nest(19, attribute(2, '0005')),
    attribute(20, '0102'),
    attribute(20, `${formatHex(linkHeader)}00`),
  ]) {
    const { answer, outcome } = judged(bad)
    expect(answer).toBe(-errno.EINVAL)
    expect(await outcome).toMatchObject({ verdict: 'drop', reason: 'bad link header' })
  }
  const { answer, outcome } = judged(nest(19, attribute(1, '8100'), attribute(2, '0005')), attribute(20, linkHeader))
  expect(answer).toBe(0)
  expect(await outcome).toMatchObject({ verdict: 'accept' })
})

const batch = (last: number, value: number, ...more: Uint8Array[]) =>
  message(type.batch, {}, attribute(2, be32Hex(value) + be32Hex(last)), ...more)

test('F-092 a batch takes everything up to an id, where ids may have wrapped', async () => {
  const bench = new Bench()
  const outcomes = [1, 2, 3, 4, 5].map(() => bench.deliver().outcome)
  expect(bench.judge(2, accept)).toBe(0)
  expect(errorOf(bench.socket, batch(3, drop, attribute(3, '00000007'), payload(icmp)))).toBe(0)
  expect(await outcomes[0]).toMatchObject({ verdict: 'drop', mark: 7 })
  expect((await outcomes[2])!.payload).toHaveLength(33)
  expect(bench.kernel.pending.map(({ id }) => id)).toEqual([4, 5])
  expect(errorOf(bench.socket, batch(3, drop))).toBe(-errno.ENOENT)
  expect(errorOf(bench.socket, batch(3, stolen))).toBe(-errno.EINVAL)
  expect(errorOf(bench.socket, batch(5 + 2 ** 31, drop))).toBe(-errno.ENOENT)
  expect(errorOf(bench.socket, batch(4 + 2 ** 31, accept))).toBe(0)
  expect(errorOf(bench.socket, batch(99, accept))).toBe(-errno.ENOENT)
  expect(await outcomes[4]).toMatchObject({ verdict: 'accept' })

  bench.kernel.inject({ kind: 'next id', queue: 0, id: 0xffff_ffff })
  expect([1, 2, 3].map(() => bench.deliver().packets[0]!.id)).toEqual([0xffff_ffff, 0, 1])
  expect(errorOf(bench.socket, batch(0, drop))).toBe(0)
  expect(bench.kernel.pending.map(({ id }) => id)).toEqual([1])
  expect(errorOf(bench.open(), batch(1, drop))).toBe(-errno.EPERM)
  expect(errorOf(bench.socket, message(type.batch, { resourceId: 8 }, attribute(2, '0000000000000001')))).toBe(
    -errno.ENODEV,
  )
})

test('F-093 what waits is dropped at UNBIND and close, and anybody may bind the number then', async () => {
  for (const ending of ['unbound', 'owner closed'] as const) {
    const bench = new Bench()
    const { outcome } = bench.deliver()
    if (ending === 'unbound') bench.config(0, config.unbind)
    else bench.socket.close()
    expect(await outcome).toMatchObject({ verdict: 'drop', reason: ending })
    const other = bench.open()
    expect(errorOf(other, verdict(0, 1, accept))).toBe(-errno.ENODEV)
    expect(errorOf(other, configure(0, config.bind))).toBe(0)
  }
})

test('F-094 closing one of two descriptors changes nothing', async () => {
  const bench = new Bench()
  bench.socket.duplicate()
  const { outcome } = bench.deliver()
  bench.socket.close()
  expect(bench.kernel.pending).toHaveLength(1)
  expect(bench.judge(1, accept)).toBe(0)
  expect(await outcome).toMatchObject({ verdict: 'accept' })
  bench.socket.close()
  expect(bench.kernel.procNetlinkQueue()).toBe('')
})

test('F-095 when an interface goes down its packets are dropped, and the queue stays', async () => {
  const bench = new Bench()
  const [one, other, leaving] = [
    bench.deliver(udp, { indev: 'eth0' }),
    bench.deliver(),
    bench.deliver(udp, { hook: 'output', outdev: 'eth0' }),
  ]
  bench.kernel.interfaceDown('eth0')
  for (const { outcome } of [one, leaving])
    expect(await outcome).toMatchObject({ verdict: 'drop', reason: 'interface down' })
  expect(bench.judge(1, accept)).toBe(-errno.ENOENT)
  expect(bench.judge(2, accept)).toBe(0)
  expect(await other.outcome).toMatchObject({ verdict: 'accept' })
})

test('F-096 taking any hook away drops everything that waits; deleting rules does not', async () => {
  const bench = new Bench()
  const { rules } = bench.kernel
  const rule = rules.add({ hook: 'input', queue: 0 })
  rules.addChain({ hook: 'output', table: 'raw' })
  const { outcome } = bench.deliver()
  rule.remove()
  rules.flush()
  rules.addChain({ hook: 'forward' })
  expect(bench.kernel.pending).toHaveLength(1)
  rules.removeChain({ hook: 'output', table: 'raw' })
  expect(await outcome).toMatchObject({ verdict: 'drop', reason: 'hook removed' })
  expect(bench.judge(1, accept)).toBe(-errno.ENOENT)
})

test('a rule deleted while its packet waits: ACCEPT and REPEAT still work', async () => {
  for (const value of [accept, repeat]) {
    const bench = new Bench()
    const rule = bench.kernel.rules.add({ hook: 'input', queue: 0 })
    const { outcome } = bench.deliver()
    rule.remove()
    expect(bench.judge(1, value)).toBe(0)
    expect(await outcome).toMatchObject({ verdict: 'accept' })
  }
})

test('F-097 another mode or flags leave what waits alone', async () => {
  const bench = new Bench()
  const { outcome } = bench.deliver()
  bench.config(0, config.params(0), config.flags(4), config.mask(4))
  expect(bench.judge(1, accept)).toBe(0)
  expect(await outcome).toMatchObject({ verdict: 'accept' })
})

test('F-098 a packet whose port left the bridge is dropped, though ACCEPT is answered 0', async () => {
  const bench = new Bench({
    interfaces: { lo: 1, p1: { index: 2, bridge: 'br0' }, p2: { index: 3, bridge: 'br0' }, br0: 4 },
  })
  const { outcome } = bench.deliver(udp, { family: 'bridge', hook: 'forward', indev: 'p1', outdev: 'p2' })
  bench.kernel.leaveBridge('p1')
  expect(bench.judge(1, accept)).toBe(0)
  expect(await outcome).toMatchObject({ verdict: 'drop', reason: 'left bridge' })
})

test('F-099 balance depends on addresses and protocol only, and is symmetric', () => {
  const kernel = new SimulatedKernel()
  const socket = kernel.socket()
  socket.bind()
  for (let number = 0; number < 8; number++) ask(socket, configure(number, config.bind, config.params(2)))
  kernel.rules.add({ hook: 'input', queue: { first: 0, count: 8 } })
  const queueOf = (source: number, destination: number, port: number, protocol = 17) => {
    const bytes = udp.slice()
    bytes[9] = protocol
    bytes[15] = source
    bytes[19] = destination
    bytes[21] = port
    void kernel.deliver(bytes)
    return drain(socket).map((one) => (one as Uint8Array)[19])[0]
  }
  const used = new Set<number | undefined>()
  for (let n = 1; n < 100; n++) {
    const first = queueOf(n, 200, 1)
    used.add(first)
    expect(queueOf(n, 200, 77)).toBe(first)
    expect(queueOf(200, n, 5)).toBe(first)
  }
  expect(used.size).toBe(8)
  for (const queue of [{ first: 65_535, count: 2 }, { first: 0, count: 0 }, -1, 65_536])
    expect(() => kernel.rules.add({ hook: 'input', queue })).toThrow(RangeError)
})
