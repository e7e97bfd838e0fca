import { randomBytes } from 'node:crypto'
import { rewrite } from '@nfkit/ip-codec'
import { openMnl } from '@nfkit/mnl-native'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { freshHost, hosts, rule, sendUdp, sh, shell, tcpExchange, udpListener, until } from '../../../test/host.ts'
import { openQueue, type Packet, type Queue, QueueError, type VerdictError } from '../src/index.ts'

const open: Queue[] = []
const queueOf = async (options: Parameters<typeof openQueue>[1]) => {
  const queue = await openQueue(openMnl(), options)
  open.push(queue)
  return queue
}

beforeEach(freshHost)
afterEach(async () => {
  for (const queue of open.splice(0)) await queue.close()
})

describe.each(hosts)('%s', (family, host) => {
  test('ping passes a queue that accepts, and not one that drops', async () => {
    const [protocol, ping] = family === 'IPv4' ? ['icmp', 'ping'] : ['icmpv6', 'ping -6']
    sh(`${family === 'IPv4' ? 'iptables' : 'ip6tables'} -w -A INPUT -p ${protocol} -j NFQUEUE --queue-num 1`)
    const queue = await queueOf({ number: 1 })
    let verdict: 'accept' | 'drop' = 'accept'
    queue.run((packet) => packet[verdict]())
    expect(await shell(`${ping} -c 3 -i 0.01 -W 2 ${host}`)).toContain('3 received')
    verdict = 'drop'
    await expect(shell(`${ping} -c 1 -W 0.2 ${host}`)).rejects.toThrow()
    expect(queue.stats()).toMatchObject({ verdicts: { accept: 6, drop: 1 }, pending: 0 })
  })

  test('a TCP connection passes intact', async () => {
    rule('-A INPUT -p tcp --dport 2222 -j NFQUEUE --queue-num 1')
    const queue = await queueOf({ number: 1 })
    const ports = new Set<number | undefined>()
    queue.run((packet) => {
      ports.add(packet.ip?.tcp?.destinationPort)
      packet.accept()
    })
    const [question, answer] = [randomBytes(300_000), randomBytes(200_000)]
    const { server, client } = await tcpExchange(host, 2222, question, answer)
    expect(server.equals(question)).toBe(true)
    expect(client.equals(answer)).toBe(true)
    expect([...ports]).toEqual([2222])
  })

  test('dropped datagrams do not arrive, accepted ones do', async () => {
    rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
    const queue = await queueOf({ number: 1 })
    queue.run((packet) => {
      const text = Buffer.from(packet.ip?.udp?.payload ?? []).toString()
      if (text.startsWith('bad')) packet.drop()
      else packet.accept()
    })
    using listener = await udpListener(host, 5353)
    await sendUdp(host, 5353, ['good 1', 'bad 2', 'good 3'])
    await until(() => queue.stats().received === 3, 'three packets')
    await until(() => listener.got.length === 2, 'two datagrams')
    expect(listener.got).toEqual(['good 1', 'good 3'])
  })

  test('a mark set in a verdict is seen by a later rule', async () => {
    rule('-t mangle -A PREROUTING -p udp --dport 5353 -j NFQUEUE --queue-num 1')
    rule('-A INPUT -p udp --dport 5353 -m mark --mark 0x2a -j DROP')
    const queue = await queueOf({ number: 1 })
    queue.run((packet) => packet.accept(packet.id % 2 === 1 ? { mark: 0x2a } : {}))
    using listener = await udpListener(host, 5353)
    await sendUdp(host, 5353, ['marked', 'plain'])
    await until(() => listener.got.length > 0, 'a datagram')
    expect(listener.got).toEqual(['plain'])
  })

  test('a rewritten datagram of another length arrives with a checksum the peer accepts', async () => {
    rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
    const queue = await queueOf({ number: 1 })
    queue.run((packet) => {
      const text = Buffer.from('something quite different')
      packet.accept({ payload: rewrite(packet.payload ?? text, { payload: text }) })
    })
    using listener = await udpListener(host, 5353)
    await sendUdp(host, 5353, ['x'])
    await until(() => listener.got.length > 0, 'the datagram')
    expect(listener.got).toEqual(['something quite different'])
  })
})

test('the packet tells what the kernel knows of it', async () => {
  rule('-A OUTPUT -p udp --dport 5353 -j NFQUEUE --queue-num 9')
  const queue = await queueOf({ number: 9, uidGid: true, copyRange: 24 })
  const seen: Packet[] = []
  queue.run((packet) => {
    seen.push(packet.copy())
    packet.accept()
  })
  await sendUdp('127.0.0.1', 5353, ['hello world'])
  await until(() => seen.length === 1, 'a packet')
  expect(seen[0]).toMatchObject({
    id: 1,
    queue: 9,
    hook: 'output',
    family: 2,
    hwProtocol: 0x800,
    length: 39,
    truncated: true,
  })
  expect(seen[0]).toMatchObject({
    outdevName: 'lo',
    indev: undefined,
    uid: process.getuid?.(),
    flow: undefined,
    mark: 0,
  })
  expect(seen[0]?.payload?.length).toBe(24)
})

test('requeueing hands the packet to the other queue; without a reader bypass decides', async () => {
  rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
  const first = await queueOf({ number: 1 })
  const second = await queueOf({ number: 2 })
  const to = [{ queue: 2 }, { queue: 3 }, { queue: 3, bypass: true }]
  first.run((packet) => {
    const target = to[packet.id - 1]
    packet.requeue(target?.queue ?? 0, { bypass: target?.bypass ?? false })
  })
  second.run((packet) => packet.accept())
  using listener = await udpListener('127.0.0.1', 5353)
  await sendUdp('127.0.0.1', 5353, ['to two', 'to nobody', 'past nobody'])
  await until(() => listener.got.length === 2, 'two datagrams')
  expect(listener.got.sort()).toEqual(['past nobody', 'to two'])
})

test('a queue another socket owns, and one bound already, are refused with the reason', async () => {
  await queueOf({ number: 1 })
  await expect(openQueue(openMnl(), { number: 1 })).rejects.toMatchObject({ reason: 'owned', code: 'EPERM' })
  const transport = openMnl()
  open.push(await openQueue(transport, { number: 4 }))
  await expect(openQueue(transport, { number: 4 })).rejects.toBeInstanceOf(QueueError)
})

test('several queues share a transport', async () => {
  rule('-A INPUT -p udp --dport 5001 -j NFQUEUE --queue-num 1')
  rule('-A INPUT -p udp --dport 5002 -j NFQUEUE --queue-num 2')
  const transport = openMnl()
  const queues = [await openQueue(transport, { number: 1 }), await openQueue(transport, { number: 2 })]
  open.push(...queues)
  for (const queue of queues) queue.run((packet) => packet.accept())
  await sendUdp('127.0.0.1', 5001, ['a'])
  await sendUdp('127.0.0.1', 5002, ['b', 'c'])
  await until(() => queues[1]?.stats().received === 2, 'both')
  expect(queues.map((queue) => queue.stats().verdicts.accept)).toEqual([1, 2])
})

test('a verdict the kernel refuses is attributed to its packet', async () => {
  rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
  const queue = await queueOf({ number: 1 })
  const errors: VerdictError[] = []
  queue.on('verdictError', (error) => errors.push(error))
  const held: Packet[] = []
  queue.run((packet) => held.push(packet.hold()))
  await sendUdp('127.0.0.1', 5353, ['a', 'b'])
  await until(() => held.length === 2, 'two packets')
  // Removing a netfilter hook of the namespace drops every queued packet (nfqnl_nf_hook_drop).
  sh(
    'nft add table inet gone; nft add chain inet gone hooked "{ type filter hook input priority 10; }"; nft delete table inet gone',
  )
  held[1]?.accept()
  await until(() => errors.length === 1, 'a refusal')
  expect(errors[0]).toMatchObject({ queue: 1, packetId: 2, code: 'ENOENT' })
  await expect(held[0]?.judge('accept')).rejects.toMatchObject({ name: 'VerdictError', packetId: 1, code: 'ENOENT' })
})

test('closing judges what is pending first', async () => {
  rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
  const queue = await queueOf({ number: 1, onUnjudged: 'accept' })
  queue.run((packet) => packet.hold())
  using listener = await udpListener('127.0.0.1', 5353)
  await sendUdp('127.0.0.1', 5353, ['a', 'b', 'c'])
  await until(() => queue.stats().pending === 3, 'three pending')
  await queue.close()
  await until(() => listener.got.length === 3, 'three datagrams')
  expect(queue.stats()).toMatchObject({ pending: 0, unjudged: { closing: 3 } })
})

test('packets dropped because the queue was full are counted, and told within a second', async () => {
  rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
  const queue = await queueOf({ number: 1, maxLength: 3 })
  const lost: unknown[] = []
  queue.on('lost', (what) => lost.push(what))
  queue.run((packet) => packet.hold())
  await sendUdp('127.0.0.1', 5353, ['1', '2', '3', '4', '5'])
  await until(() => queue.stats().queueDropped === 2, 'two drops')
  await until(() => lost.length > 0, 'the event')
  expect(lost).toEqual([{ packets: 2, where: 'queue' }])
  expect(queue.stats()).toMatchObject({ pending: 3, lost: 0, socketDropped: 0 })
})

test('packets lost to a small receive buffer are counted, and the queue goes on', async () => {
  rule('-A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
  const queue = await queueOf({ number: 1, receiveBuffer: 10_000 })
  const lost: number[] = []
  queue.on('lost', ({ packets }) => lost.push(packets))
  queue.run((packet) => packet.accept())
  // Sent without giving the event loop a turn, so that nothing is read meanwhile.
  sh(
    `python3 -c "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); [s.sendto(b'x', ('127.0.0.1', 5353)) for _ in range(200)]"`,
  )
  await until(() => queue.stats().received > 0, 'those that found room')
  await sendUdp('127.0.0.1', 5353, ['after'])
  await until(() => queue.stats().received + queue.stats().lost === 201, 'every packet to be accounted for')
  expect(queue.stats().lost).toBeGreaterThan(0)
  expect(lost.reduce((a, b) => a + b)).toBe(queue.stats().lost)
  expect(queue.stats().socketDropped).toBe(queue.stats().lost)
})
