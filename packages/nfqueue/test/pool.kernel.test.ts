import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshHost, sendUdp, sh, udpListener, until } from '../../../test/host.ts'
import type { Pool, PoolOptions } from '../src/index.ts'
import { type BuiltPool, buildPool } from './fixtures/built-pool.ts'

let built: BuiltPool
// The test runner's own make packages resolve to their sources.
const execArgv: string[] = []
const pools: Pool[] = []

async function pool(queues: [number, number], options: Partial<PoolOptions> & { readonly flaw?: string } = {}) {
  const { flaw = '', ...rest } = options
  const module = `${built.url('filter')}?flaw=${flaw}`
  const made = await built.nfqueue.openPool({ queues, module, workers: 2, execArgv, ...rest })
  pools.push(made)
  return made
}

beforeAll(async () => {
  built = await buildPool(['filter'])
})
afterAll(() => built[Symbol.dispose]())

const bound = () =>
  readFileSync('/proc/net/netfilter/nfnetlink_queue', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number.parseInt(line, 10))
    .sort((a, b) => a - b)

beforeEach(() => {
  freshHost()
  sh('iptables -w -A INPUT -p udp --dport 5353 -j NFQUEUE --queue-balance 0:3')
})
afterEach(async () => {
  for (const made of pools.splice(0)) await made.close()
})

test('spreads flows over queues and workers, each flow to one, in order', async () => {
  const made = await pool([0, 3])
  expect(bound()).toEqual([0, 1, 2, 3])
  using listener = await udpListener('0.0.0.0', 5353)
  const hosts = Array.from({ length: 24 }, (_, i) => `127.0.1.${i + 1}`)
  const texts = (host: string) => Array.from({ length: 8 }, (_, i) => `${host} ${i}`)
  await Promise.all(hosts.map((host) => sendUdp(host, 5353, texts(host))))
  await until(() => listener.got.length === 192, 'every datagram')
  for (const host of hosts) expect(listener.got.filter((text) => text.startsWith(`${host} `))).toEqual(texts(host))
  const stats = await made.stats()
  expect(stats).toMatchObject({ received: 192, verdicts: { accept: 192 }, pending: 0, lost: 0 })
  let isClosed = false
  const closed = made.closed.then(() => {
    isClosed = true
  })
  await Promise.resolve()
  expect(isClosed).toBe(false)
  await made.close()
  await closed
  expect(await made.stats(), 'what it had done when it was closed').toEqual(stats)
})

test('a worker that dies is replaced, the others go on, and nothing stays unjudged', async () => {
  const made = await pool([0, 3])
  const died: (readonly number[])[] = []
  let back = 0
  made.on('workerDied', ({ queues }) => died.push(queues)).on('workerBack', () => back++)
  using listener = await udpListener('0.0.0.0', 5353)
  await sendUdp('127.0.0.1', 5353, ['die'])
  await until(() => back === 1, 'the replacement')
  expect(died).toHaveLength(1)
  expect(bound()).toEqual([0, 1, 2, 3])
  await sendUdp('127.0.0.1', 5353, ['again'])
  await until(() => listener.got.includes('again'), 'a datagram judged by the replacement')
  const waiting = readFileSync('/proc/net/netfilter/nfnetlink_queue', 'utf8').split('\n').filter(Boolean)
  expect(waiting.map((line) => line.trim().split(/\s+/)[2])).toEqual(['0', '0', '0', '0'])
})

test('a handler that throws leaves the packet to the queue, not the worker dead', async () => {
  const made = await pool([0, 3])
  using listener = await udpListener('0.0.0.0', 5353)
  await sendUdp('127.0.0.1', 5353, ['throw', 'fine'])
  await until(() => listener.got.length === 2, 'both datagrams')
  expect(await made.stats()).toMatchObject({ unjudged: { threw: 1 }, verdicts: { accept: 2 } })
})

test('closing frees the queues; a queue that cannot be opened rejects and leaves none behind', async () => {
  const made = await pool([0, 1])
  const failed = await pool([1, 2]).catch((error: unknown) => error)
  expect(failed).toBeInstanceOf(built.nfqueue.QueueError)
  expect(failed).toMatchObject({ queue: 1, reason: 'owned', code: 'EPERM', cause: { name: 'NetlinkError' } })
  expect(bound()).toEqual([0, 1])
  await made.close()
  await made.close()
  expect(bound()).toEqual([])
})

test('a worker that never returns is replaced, and packets are judged again', async () => {
  const made = await pool([0, 3], { watchdogMilliseconds: 1_000 })
  const stuck: (readonly number[])[] = []
  let back = 0
  made.on('workerStuck', ({ queues }) => stuck.push(queues)).on('workerBack', () => back++)
  using listener = await udpListener('0.0.0.0', 5353)
  await sendUdp('127.0.0.1', 5353, ['spin'])
  await until(() => back === 1, 'the replacement')
  expect(stuck).toHaveLength(1)
  expect(bound()).toEqual([0, 1, 2, 3])
  const hosts = Array.from({ length: 24 }, (_, i) => `127.0.1.${i + 1}`)
  await Promise.all(hosts.map((host) => sendUdp(host, 5353, ['again'])))
  await until(() => listener.got.length === hosts.length, 'datagrams on all queues')
})

test('a changed policy holds for every packet that comes after it was taken, on every worker', async () => {
  const made = await pool([0, 3])
  let back = 0
  made.on('workerBack', () => back++)
  using listener = await udpListener('0.0.0.0', 5353)
  const hosts = Array.from({ length: 24 }, (_, i) => `127.0.1.${i + 1}`)
  const all = (text: string) => Promise.all(hosts.map((host) => sendUdp(host, 5353, [text])))
  await all('before')
  await until(() => listener.got.length === 24, 'every datagram')
  await made.send({ dropped: 'bad' })
  await all('bad')
  await sendUdp('127.0.0.1', 5353, ['die'])
  await until(() => back === 1, 'the replacement')
  await all('bad')
  await all('after')
  await until(() => listener.got.filter((text) => text === 'after').length === 24, 'what is not dropped')
  expect(listener.got.filter((text) => text === 'bad')).toEqual([])
  expect((await made.stats()).verdicts).toMatchObject({ drop: 48 })
})

describe('no queue stays bound', () => {
  test('by a pool that closes, or could not be opened, though its module has a timer', async () => {
    const made = await pool([0, 1], { flaw: 'timer' })
    await expect(pool([1, 2], { flaw: 'timer' })).rejects.toMatchObject({ reason: 'owned' })
    expect(bound()).toEqual([0, 1])
    await made.close()
    expect(bound()).toEqual([])
  })

  test('by a pool whose module never loads', async () => {
    await expect(pool([0, 1], { flaw: 'never', openingMilliseconds: 300 })).rejects.toMatchObject({ reason: 'opening' })
    expect(bound()).toEqual([])
  })

  test('by a worker that never returns when the pool closes', async () => {
    const made = await pool([0, 3], { workers: 1, answerMilliseconds: 200, closingMilliseconds: 300 })
    await sendUdp('127.0.0.1', 5353, ['spin'])
    // Until it has the packet.
    while ((await made.send({}).catch(() => false)) !== false);
    await made.close()
    expect(bound()).toEqual([])
  })
})
