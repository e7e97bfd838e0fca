import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { Attrs, messageFlags } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa, nfqueueMessage, queueConfig } from '@nfkit/netlink-codec/nfqueue'
import { Inbox } from '@nfkit/netlink-transport/compliance'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { openMnl } from '../src/index.ts'
import { bundled } from './program.ts'

const number = 39
const port = 9998
const flood = 3_000

beforeAll(() => {
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  const rule = ['INPUT', '-p', 'udp', '--dport', `${port}`, '-j', 'NFQUEUE', '--queue-num', `${number}`]
  execFileSync('iptables-legacy', ['-A', ...rule])
  return () => void execFileSync('iptables-legacy', ['-D', ...rule])
})

const config = (value: Parameters<typeof encodeMessage<typeof queueConfig>>[2], sequence: number) =>
  encodeMessage(
    {
      type: nfqueueMessage.config.type,
      flags: messageFlags.request | messageFlags.ack,
      sequence,
      resourceId: number,
    },
    queueConfig,
    value,
  )

/** A queue whose packets go to an inbox, as the kernel sends them. */
async function queue(noEnobufs: boolean) {
  const transport = openMnl()
  onTestFinished(() => transport.close())
  const inbox = new Inbox()
  transport.set('noEnobufs', noEnobufs)
  transport.receive(inbox)
  transport.send(config({ cmd: { command: 1, pf: 0 } }, 1))
  transport.send(config({ params: { copyRange: 0xffff, copyMode: 2 }, queueMaxlen: 100_000 }, 2))
  await inbox.until(() => inbox.sequences.includes(2))
  inbox.messages.length = 0
  return { transport, inbox }
}

async function sendPackets(count: number, size: number): Promise<void> {
  const socket = createSocket('udp4')
  const payload = Buffer.alloc(size)
  for (let left = count; left > 0; left--) {
    if (left % 100 === 0 || left < 100) await new Promise((sent) => socket.send(payload, port, '127.0.0.1', sent))
    else socket.send(payload, port, '127.0.0.1')
  }
  const closed = once(socket, 'close')
  socket.close()
  await closed
}

/** The kernel's count of packets it could not put into the socket (column 7). */
function lost(): number {
  const line = readFileSync('/proc/thread-self/net/netfilter/nfnetlink_queue', 'utf8').trim()
  return Number(line.split(/\s+/)[6])
}

const idsOf = (inbox: Inbox) =>
  inbox.messages.map(({ bytes, end }) => new Attrs(bytes, 20, end).get(nfqa.rows.packetHdr)!.packetId)

test.each([true, false])('a flood loses packets and nothing else, with noEnobufs %s', async (noEnobufs) => {
  const { transport, inbox } = await queue(noEnobufs)
  for (let round = 1; round <= 3; round++) {
    transport.pause()
    await sendPackets(flood, 200)
    transport.resume()
    const arrived = () => inbox.messages.length + lost() === round * flood
    await inbox.until(arrived)
  }
  const { dropped } = transport.counters()
  expect(dropped).toBe(lost())
  expect(dropped).toBeGreaterThan(0)
  const ids = idsOf(inbox)
  expect(ids).toEqual(ids.toSorted((a, b) => a - b))
  expect(new Set(ids).size).toBe(ids.length)
  const overruns = inbox.errors.filter(({ code }) => code === 'ENOBUFS')
  expect(inbox.errors).toEqual(overruns)
  if (noEnobufs) expect(overruns).toEqual([])
  else expect(overruns.length).toBeGreaterThanOrEqual(3)

  const before = inbox.messages.length
  await sendPackets(1, 200)
  await inbox.until(() => inbox.messages.length > before)
  expect(idsOf(inbox).at(-1)).toBe(3 * flood + 1)
})

test('overruns while it is reading do not make it deaf', async () => {
  const { transport, inbox } = await queue(false)
  transport.resize({ receive: 20_000 })
  const worker = new Worker(await bundled('sender'), { workerData: { port, size: 64 } })
  onTestFinished(() => void worker.terminate())
  let sequence = 10
  for (let round = 0; round < 200; round++) {
    const sent = once(worker, 'message')
    worker.postMessage(200)
    await sent
    // Answers are lost to overruns, too: ask until one comes.
    const asked = sequence + 1
    const answered = () => inbox.sequences.some((n) => n >= asked)
    while (!answered()) {
      transport.send(config({ cmd: { command: 3, pf: 0 } }, ++sequence))
      await new Promise((resolve) => setImmediate(resolve))
    }
    inbox.messages.length = 0
  }
  expect(inbox.errors.length).toBeGreaterThan(0)
  expect(transport.counters().dropped).toBeGreaterThan(0)
})

test('a packet of the largest size arrives whole', async () => {
  execFileSync('ip', ['link', 'set', 'lo', 'mtu', '65536'])
  const { inbox } = await queue(true)
  await sendPackets(1, 65_507)
  await inbox.until(() => inbox.messages.length > 0 || inbox.errors.length > 0)
  expect(inbox.errors).toEqual([])
  const { bytes, end } = inbox.messages[0]!
  // The kernel copies at most 65,531 bytes of a packet (nfqnl_recv_config, net/netfilter/nfnetlink_queue.c).
  expect(new Attrs(bytes, 20, end).get(nfqa.rows.payload)?.length).toBe(65_531)
})

test('a burst does not stop other work for long, and the flood does not either', async () => {
  const { transport, inbox } = await queue(true)
  transport.resize({ receive: 16 << 20 })
  let bursts = 0
  let largest = 0
  inbox.onBatch = (batch) => {
    bursts++
    largest = Math.max(largest, batch.length)
    batch.release()
  }
  let turns = 0
  const count = () => {
    turns++
    if (inbox.messages.length < flood) setImmediate(count)
  }
  transport.pause()
  await sendPackets(flood, 64)
  transport.resume()
  count()
  await inbox.until(() => inbox.messages.length === flood)
  expect(largest).toBe(62)
  expect(turns).toBeGreaterThanOrEqual(Math.floor(bursts / 4))
})
