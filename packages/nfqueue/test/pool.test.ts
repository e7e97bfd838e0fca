import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { open as openFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BroadcastChannel } from 'node:worker_threads'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { until } from '../../../test/host.ts'
import type { Pool, PoolEvents, PoolOptions } from '../src/index.ts'
import { type BuiltPool, buildPool } from './fixtures/built-pool.ts'
import type { Order, Told } from './fixtures/pool/simulated.ts'

let built: BuiltPool
const pools: Pool[] = []
const channel = new BroadcastChannel(`nfkit-pool-test-${process.pid}`)

beforeAll(async () => {
  built = await buildPool(['simulated'])
})
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close()
})
afterAll(() => {
  channel.close()
  built[Symbol.dispose]()
})

async function open(options: Partial<PoolOptions> & { readonly flaw?: string } = {}): Promise<Pool> {
  const { flaw = '', ...rest } = options
  const module = `${built.url('simulated')}?flaw=${flaw}`
  const pool = await built.nfqueue.openPool({ queues: [0, 1], module, workers: 2, ...rest })
  pools.push(pool)
  return pool
}

const command = (order: Order, queue?: number, path = '') => channel.postMessage({ order, queue, path } satisfies Told)

/** What the pool tells, by event. */
function heard(pool: Pool) {
  const events: { [K in keyof PoolEvents]: PoolEvents[K][0][] } = {
    workerDied: [],
    workerBack: [],
    workerStuck: [],
    warning: [],
  }
  for (const name of Object.keys(events) as (keyof PoolEvents)[])
    pool.on(name, (what) => events[name].push(what as never))
  return events
}

/** Packets that all queues have received, as far as is known. */
async function received(pool: Pool, packets: number): Promise<void> {
  for (let tries = 0; (await pool.stats()).received < packets; tries++) expect(tries).toBeLessThan(5_000)
}

describe('a worker that never returns', () => {
  test('is told as stuck, ended and replaced; the others go on', async () => {
    const pool = await open({ watchdogMilliseconds: 1_000 })
    const events = heard(pool)
    command('spin', 1)
    await until(() => events.workerBack.length === 1, 'the replacement')
    expect(events.workerStuck).toEqual([{ queues: [1], milliseconds: 1_000 }])
    expect(events.workerDied).toMatchObject([{ queues: [1], error: { reason: 'stuck', queues: [1] } }])
    expect(events.workerDied[0]!.error).toBeInstanceOf(built.nfqueue.PoolError)
    command('deliver')
    await received(pool, 2)
  })

  test('delays neither stats nor closing for longer than was asked', async () => {
    const pool = await open({
      watchdogMilliseconds: Number.POSITIVE_INFINITY,
      answerMilliseconds: 100,
      closingMilliseconds: 1_000,
    })
    const events = heard(pool)
    command('deliver')
    await received(pool, 2)
    const spinning = join(mkdtempSync(join(tmpdir(), 'nfkit-spin-')), 'spinning')
    onTestFinished(() => rmSync(dirname(spinning), { recursive: true }))
    command('spin', 0, spinning)
    await until(() => existsSync(spinning), 'the worker to spin')
    expect(await pool.stats()).toMatchObject({ received: 2, verdicts: { accept: 2 } })
    await pool.close()
    expect(events.workerStuck).toEqual([{ queues: [0], milliseconds: 1_000 }])
    expect(events.workerDied).toEqual([])
    expect(await pool.stats()).toMatchObject({ received: 2 })
  })
})

test('a worker is not stuck because nobody listened to it', async () => {
  const pool = await open({ watchdogMilliseconds: 300 })
  const events = heard(pool)
  for (let i = 0; i < 3; i++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600)
    await sleep(1)
  }
  await pool.stats()
  expect(events.workerStuck).toEqual([])
})

describe('a worker that waits in a system call', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nfkit-pool-'))
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  /** Its other end opens, and the call that waits for that returns. */
  const release = async () => (await openFile(fifo, 'w')).close()
  afterAll(() => rmSync(folder, { recursive: true }))

  test('is told as stuck at once, and replaced when the call returns', async () => {
    const pool = await open({ queues: [0, 0], watchdogMilliseconds: 200 })
    const events = heard(pool)
    command('block', 0, fifo)
    await until(() => events.workerStuck.length === 1, 'the watchdog')
    expect(events.workerDied).toEqual([])
    await release()
    await until(() => events.workerBack.length === 1, 'the replacement')
    expect(events).toMatchObject({ workerStuck: [{}], workerDied: [{ error: { reason: 'stuck' } }] })
  })

  test('does not keep the pool from closing', async () => {
    const pool = await open({ queues: [0, 0], closingMilliseconds: 100 })
    const events = heard(pool)
    command('block', 0, fifo)
    await pool.close()
    expect(events.workerStuck).toEqual([{ queues: [0], milliseconds: 100 }])
    await release()
  })
})

describe('opening', () => {
  test.each([
    ['whose module never loads', 'never', { name: 'PoolError', reason: 'opening', queues: [0] }],
    ['whose module ends the worker', 'exits', { name: 'PoolError', reason: 'ended', exitCode: 5 }],
    ['whose module throws', 'throws', { name: 'RangeError', message: 'as asked' }],
    [
      'that may not open its queues',
      'powerless',
      { name: 'QueueError', reason: 'permission', code: 'EPERM', queue: 0 },
    ],
  ])('a worker %s rejects with the very error', async (_, flaw, expected) => {
    const failed = await open({ flaw, queues: [0, 0], openingMilliseconds: flaw === 'never' ? 200 : 5_000 }).catch(
      (error: unknown) => error,
    )
    const { PoolError, QueueError } = built.nfqueue
    const classes: Record<string, new (...args: never[]) => Error> = { PoolError, QueueError, RangeError }
    expect(failed).toBeInstanceOf(classes[expected.name])
    expect(failed).toMatchObject(expected)
  })

  test('the error of the kernel is the cause, with its fields', async () => {
    const failed = await open({ flaw: 'powerless' }).catch((error: unknown) => error)
    expect(failed).toMatchObject({ cause: { name: 'NetlinkError', code: 'EPERM', request: 'NFQNL_MSG_CONFIG' } })
    expect((failed as Error).stack).toContain('pool-worker')
  })

  test('warnings of the time before are told once there can be a listener', async () => {
    const pool = await open({ flaw: 'noGlue', message: { fast: 0 } })
    const events = heard(pool)
    await until(() => events.warning.length === 2, 'a warning of each queue')
    expect(events.warning.map(({ queue }) => queue).sort()).toEqual([0, 1])
  })

  test('nonsense is refused by the name of the option', async () => {
    const bad = [
      ['queues', { queues: [0] }],
      ['queues', { queues: 3 }],
      ['queues', { queues: [3, 1] }],
      ['workers', { workers: '2' }],
      ['workers', { workers: 0 }],
      ['openingMilliseconds', { openingMilliseconds: Number.POSITIVE_INFINITY }],
      ['answerMilliseconds', { answerMilliseconds: 2 ** 31 }],
      ['closingMilliseconds', { closingMilliseconds: 0 }],
      ['watchdogMilliseconds', { watchdogMilliseconds: Number.NaN }],
    ] as const
    for (const [, options] of bad) await expect(open(options as never)).rejects.toThrow(RangeError)
    for (const [name, options] of bad) await expect(open(options as never)).rejects.toThrow(`${name}: `)
    const misspelt = { watchdogMiliseconds: 100 } as never
    await expect(open(misspelt)).rejects.toThrow('did you mean "watchdogMilliseconds"?')
    await expect(open({ module: 5 as never })).rejects.toThrow('module: 5')
  })

  test('options that Node does not have are refused with its error', async () => {
    await expect(open({ execArgv: ['--no-such-option'] })).rejects.toMatchObject({
      code: 'ERR_WORKER_INVALID_EXEC_ARGV',
    })
  })
})

describe('a module with a timer', () => {
  test('does not keep the pool from closing', async () => {
    const pool = await open({ flaw: 'timer' })
    const events = heard(pool)
    await pool.close()
    expect(events.workerStuck).toEqual([])
  })
})

describe('a worker that dies', () => {
  test.each([
    ['exit', { name: 'PoolError', reason: 'ended', exitCode: 3 }],
    ['throw', { name: 'QueueError', queue: 7, reason: 'other', code: 'EX', message: 'queue 7: a late error' }],
    ['throwOddly', { name: 'TypeError', message: 'a late error' }],
    ['reject', { name: expect.any(String), message: expect.stringContaining('only a text') }],
    ['closeQueues', { name: 'PoolError', reason: 'unbound', queues: [0] }],
  ] as const)('of "%s" is told with why, and replaced', async (order, expected) => {
    const pool = await open()
    const events = heard(pool)
    command(order, 0)
    await until(() => events.workerBack.length === 1, 'the replacement')
    expect(events.workerDied).toMatchObject([{ queues: [0], error: expected }])
    const { PoolError, QueueError } = built.nfqueue
    const classes: Record<string, new (...args: never[]) => Error> = { PoolError, QueueError, TypeError }
    expect(events.workerDied[0]!.error).toBeInstanceOf(classes[expected.name] ?? Error)
    expect(events.workerBack).toEqual([{ queues: [0] }])
  })

  test('is replaced although a listener throws', async () => {
    const pool = await open({ queues: [0, 0] })
    const caught: unknown[] = []
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => caught.push(error))
    pool.on('workerDied', () => {
      throw new Error('a listener')
    })
    const events = heard(pool)
    command('exit')
    await until(() => events.workerBack.length === 1 && caught.length === 1, 'the replacement')
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
    expect(caught).toMatchObject([{ message: 'a listener' }])
  })

  test('leaves its figures behind: none falls', async () => {
    const pool = await open()
    const events = heard(pool)
    command('deliver', 1)
    await received(pool, 1)
    command('deliverAndExit', 0)
    await until(() => events.workerBack.length === 1, 'the replacement')
    expect(await pool.stats()).toMatchObject({ received: 2 })
    command('deliver', 0)
    await received(pool, 3)
    expect(await pool.stats()).toMatchObject({ received: 3, verdicts: { accept: 3 }, pending: 0 })
  })

  test('tells why its replacement cannot open the queues, and goes on trying', async () => {
    const pool = await open({ queues: [0, 0] })
    const events = heard(pool)
    await pool.send({ powerless: true })
    command('exit')
    await until(() => events.workerDied.length === 3, 'two replacements')
    const { QueueError } = built.nfqueue
    expect(events.workerDied[1]!.error).toBeInstanceOf(QueueError)
    expect(events.workerDied.slice(1)).toMatchObject([
      { error: { reason: 'permission', code: 'EPERM', queue: 0 } },
      { error: { reason: 'permission' } },
    ])
    expect(events.workerBack).toEqual([])
    await pool.send({})
    await until(() => events.workerBack.length === 1, 'a replacement with the new message')
  })
})

describe('a message', () => {
  const verdicts = async (pool: Pool) => (await pool.stats()).verdicts

  test('reaches every worker before send resolves, and the next ones before their packets', async () => {
    const pool = await open()
    const events = heard(pool)
    await pool.send({ verdict: 'drop' })
    command('deliver')
    await received(pool, 2)
    expect(await verdicts(pool)).toMatchObject({ accept: 0, drop: 2 })
    command('exit', 1)
    await until(() => events.workerBack.length === 1, 'the replacement')
    command('deliver')
    await received(pool, 4)
    expect(await verdicts(pool)).toMatchObject({ accept: 0, drop: 4 })
  })

  test('can be there from the beginning, and is a copy', async () => {
    const message = { verdict: 'drop' }
    const pool = await open({ message })
    const events = heard(pool)
    message.verdict = 'accept'
    command('exit')
    await until(() => events.workerBack.length === 2, 'the replacements')
    command('deliver')
    await received(pool, 2)
    expect(await verdicts(pool)).toMatchObject({ accept: 0, drop: 2 })
  })

  test('is taken after those before it, however long they take', async () => {
    const pool = await open()
    await Promise.all([pool.send({ verdict: 'drop', fast: -1 }), pool.send({ verdict: 'accept' })])
    command('deliver')
    await received(pool, 2)
    expect(await verdicts(pool)).toMatchObject({ accept: 2, drop: 0 })
  })

  test('that onMessage throws at is refused, and later workers begin with the one before', async () => {
    const pool = await open()
    const events = heard(pool)
    await pool.send({ verdict: 'drop' })
    const failed = await pool.send({ fate: 'thrown' }).catch((error: unknown) => error)
    const { PoolError, QueueError } = built.nfqueue
    expect(failed).toBeInstanceOf(PoolError)
    expect(failed).toMatchObject({ reason: 'refused', queues: [0, 1], cause: { message: 'queue 7: bad policy' } })
    expect((failed as Error).cause).toBeInstanceOf(QueueError)
    command('exit', 0)
    await until(() => events.workerBack.length === 1, 'the replacement')
    command('deliver', 0)
    await received(pool, 1)
    expect(await verdicts(pool)).toMatchObject({ drop: 1 })
  })

  test('that is not taken in time is told, and so is one that nobody takes', async () => {
    const pool = await open({ answerMilliseconds: 100 })
    await expect(pool.send({ fate: 'lost' })).rejects.toMatchObject({ reason: 'silent', queues: [0, 1] })
    const deaf = await open({ flaw: 'deaf', queues: [2, 2] })
    await expect(deaf.send({})).rejects.toMatchObject({ reason: 'deaf', queues: [2] })
  })

  test('waits for the replacement of a worker that dies meanwhile', async () => {
    const pool = await open({ queues: [0, 0] })
    const events = heard(pool)
    const sent = pool.send({ verdict: 'drop', fast: -1 })
    command('exit')
    await sent
    expect(events.workerBack).toHaveLength(1)
    command('deliver')
    await received(pool, 1)
    expect(await verdicts(pool)).toMatchObject({ drop: 1 })
  })

  test('that cannot be copied is refused before anybody has it', async () => {
    const pool = await open()
    await expect(pool.send({ verdict: () => {} })).rejects.toMatchObject({ name: 'PoolError', reason: 'unclonable' })
    await expect(open({ message: Symbol('no') })).rejects.toMatchObject({ reason: 'unclonable' })
  })

  test('to a pool that closes is refused, not forgotten', async () => {
    const pool = await open({ closingMilliseconds: 200 })
    const lost = expect(pool.send({ fate: 'lost' })).rejects.toMatchObject({ reason: 'closed' })
    await pool.close()
    await lost
    await expect(pool.send({})).rejects.toMatchObject({ reason: 'closed', queues: [0, 1] })
  })
})

test("what a module says over the worker's own port is not the pool's", async () => {
  const pool = await open()
  const events = heard(pool)
  command('babble')
  command('deliver')
  await received(pool, 2)
  expect(events).toEqual({ workerDied: [], workerBack: [], workerStuck: [], warning: [] })
})
