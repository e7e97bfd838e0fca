import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshHost, sendUdp, sh, udpListener, until } from '../../../test/host.ts'
import type { Pool } from '../src/index.ts'

// Workers are started from the build: Node runs no TypeScript.
const built = join(import.meta.dirname, '../dist/index.js')
const { openPool } = (await import(built)) as typeof import('../src/index.ts')

const module = join(import.meta.dirname, 'fixtures/filter.mjs')
// The test runner's own make packages resolve to their sources.
const execArgv: string[] = []
const pools: Pool[] = []

async function pool(queues: [number, number], workers = 2): Promise<Pool> {
  const made = await openPool({ queues, module, workers, execArgv })
  pools.push(made)
  return made
}

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
  await expect(openPool({ queues: [1, 2], module, workers: 2, execArgv })).rejects.toThrow('queue 1')
  expect(bound()).toEqual([0, 1])
  await made.close()
  await made.close()
  expect(bound()).toEqual([])
})

test('nonsense is refused', async () => {
  await expect(openPool({ queues: [3, 1], module })).rejects.toThrow('queues')
  await expect(openPool({ queues: [0, 1], module, workers: 0 })).rejects.toThrow('workers')
  await expect(openPool({ queues: [0, 0], module: '/nowhere.mjs', execArgv })).rejects.toThrow('nowhere')
})
