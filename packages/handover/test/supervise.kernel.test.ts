import { readFileSync } from 'node:fs'
import { openMnl } from '@nfkit/mnl-native'
import { queueStatusPath } from '@nfkit/nfqueue'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshHost, sendUdp, sh, udpListener, until } from '../../../test/host.ts'
import { type Supervisor, type SupervisorEvents, type SupervisorOptions, supervise } from '../src/index.ts'
import { type WorkerProgram, workerProgram } from './worker-program.ts'

let program: WorkerProgram
const supervisors: Supervisor[] = []
let told: [keyof SupervisorEvents, unknown][]

beforeAll(async () => {
  program = await workerProgram()
})
afterAll(() => program[Symbol.dispose]())
beforeEach(() => {
  freshHost()
  sh('iptables -w -A INPUT -p udp --dport 5353 -j NFQUEUE --queue-num 0')
  told = []
})
afterEach(async () => {
  for (const supervisor of supervisors.splice(0)) await supervisor.close()
  expect(isBound()).toBe(false)
})

const isBound = () => /^\s*0 /m.test(readFileSync(queueStatusPath, 'utf8'))
const options = (more: Partial<SupervisorOptions> = {}): SupervisorOptions => ({
  worker: program.url,
  sockets: { gate: openMnl() },
  queues: { gate: [{ number: 0, conntrack: 'off', maxLength: 131_072, receiveBuffer: 0x1000_0000 }] },
  args: [program.folder],
  execArgv: [],
  absentMilliseconds: 20_000,
  ...more,
})

async function supervised(more?: Partial<SupervisorOptions>): Promise<Supervisor> {
  const supervisor = await supervise(options(more))
  supervisors.push(supervisor)
  for (const event of ['workerDied', 'workerReads', 'absent', 'trouble'] as const)
    supervisor.on(event, (what: unknown) => told.push([event, what]))
  return supervisor
}

/** Told of a worker that has what the one before has left. */
const left = expect.objectContaining({ state: expect.objectContaining({ queue: 0 }) })
const count = (event: keyof SupervisorEvents) => told.filter(([name]) => name === event).length
const send = (...texts: string[]) => sendUdp('127.0.0.1', 5353, texts)
const listen = () => udpListener('127.0.0.1', 5353)

describe('a worker that is replaced', () => {
  test('hands on what it knows, and what it holds comes to the next', async () => {
    const supervisor = await supervised({ leavingMilliseconds: 100 })
    using listener = await listen()
    await send('a', 'hold', 'b')
    await until(() => listener.got.length === 2, 'both')
    await supervisor.replace()
    // The next one holds it, too, and the one after that.
    await send('c')
    await until(() => listener.got.length === 3, 'all three')
    await supervisor.replace()
    const states = told
      .filter(([event]) => event === 'workerReads')
      .map(([, what]) => (what as { state: unknown }).state)
    expect(states).toEqual([
      undefined,
      { version: 1, queue: 0, lastId: 3, returned: 1 },
      { version: 1, queue: 0, lastId: 5, returned: 1 },
    ])
    expect(count('workerDied')).toBe(0)
  })

  test('hands on all that it knows, however long it is', async () => {
    const supervisor = await supervised({ args: [program.folder, 'knows much'] })
    await supervisor.replace()
    await until(() => count('workerReads') === 2, 'the next')
    const [, [, { state }]] = told as [unknown, [unknown, { state: { known: string } }]]
    expect(state.known.length).toBe(0x100_0000)
    expect(count('workerDied')).toBe(0)
  })

  test('is waited for while packets may wait, on a host with too much to do: what it knows is not lost', async () => {
    const supervisor = await supervised({ args: [program.folder, 'leaves late'], leavingMilliseconds: 100 })
    await supervisor.replace()
    await until(() => count('workerReads') === 2, 'the next')
    expect(told.at(-1)).toEqual(['workerReads', left])
    expect(count('workerDied')).toBe(0)
  })

  test('goes on where the next one cannot be loaded', async () => {
    const more = { args: [program.folder], loadingMilliseconds: 5_000 }
    const supervisor = await supervised(more)
    using listener = await listen()
    // The options are the caller's: the next program is another one.
    more.args.push('throws')
    await expect(supervisor.replace()).rejects.toMatchObject({ name: 'WorkerError', reason: 'died' })
    await send('still judged')
    await until(() => listener.got.length === 1, 'it')
    expect(count('workerDied')).toBe(0)
  })
})

describe('a worker that dies', () => {
  test('is followed by another one, which judges what was read, and what was not', async () => {
    await supervised({ absent: 'accept' })
    using listener = await listen()
    await send('a', 'die', 'b', 'c')
    // It comes again, and kills the second one, too. Then what that one has read is accepted unseen.
    await until(() => listener.got.length >= 4, 'all of them', 20_000)
    await until(() => count('workerDied') === 2, 'both deaths', 20_000)
    await send('d')
    await until(() => listener.got.includes('d'), 'one more', 20_000)
    expect(listener.got.toSorted()).toEqual(['a', 'b', 'c', 'd', 'die'])
    expect([count('workerDied'), count('absent')]).toEqual([2, 0])
  })

  test.each(['accept', 'drop'] as const)(
    'and does not come back: after a while every packet has %s',
    async (absent) => {
      const args = [program.folder]
      await supervised({ args, absent, absentMilliseconds: 300 })
      using listener = await listen()
      args.push('throws')
      await send('die', 'meanwhile')
      await until(() => count('absent') === 1, 'the verdict of absent')
      await send('later')
      args.pop()
      await until(() => count('workerReads') === 2, 'a worker', 30_000)
      await send('judged')
      await until(() => listener.got.includes('judged'), 'a judged one')
      expect(listener.got).toEqual(absent === 'accept' ? ['die', 'meanwhile', 'later', 'judged'] : ['judged'])
      expect(isBound()).toBe(true)
    },
  )

  test('is followed by the one that stands by, which is loaded already', async () => {
    const args = [program.folder]
    await supervised({ absent: 'drop', absentMilliseconds: 60_000, standby: true, args })
    using listener = await listen()
    await until(() => count('workerReads') === 1, 'the first')
    // From here on no program can be loaded.
    args.push('throws')
    await send('a')
    await until(() => listener.got.length === 1, 'it')
    process.kill((told[0]![1] as { processId: number }).processId, 'SIGKILL')
    await send('b')
    await until(() => listener.got.length === 2, 'the other one', 20_000)
    expect([count('workerReads'), count('workerDied')]).toEqual([2, 1])
  })

  test('of an endless loop is found, and ended', async () => {
    await supervised({ watchdogMilliseconds: 800, absent: 'accept' })
    using listener = await listen()
    await send('hang', 'b')
    await until(() => listener.got.includes('b'), 'the other one', 30_000)
    expect(told).toContainEqual(['workerDied', expect.objectContaining({ reason: 'stuck' })])
  })
})

describe('closing', () => {
  test('judges what the worker has held by absent, and unbinds', async () => {
    const supervisor = await supervised({ absent: 'accept', leavingMilliseconds: 50 })
    using listener = await listen()
    await send('hold')
    await supervisor.close()
    await until(() => listener.got.length === 1, 'it')
    expect(isBound()).toBe(false)
    await expect(supervisor.replace()).rejects.toMatchObject({ reason: 'closed' })
  })

  test('leaving does not unbind where another process has the socket', async () => {
    const kept = openMnl()
    const supervisor = await supervised({ sockets: { gate: kept.heir() } })
    using listener = await listen()
    await supervisor.leave()
    await send('waits')
    expect([isBound(), listener.got]).toEqual([true, []])
    const next = await supervised({ sockets: { gate: kept } })
    await until(() => listener.got.length === 1, 'it')
    await next.close()
  })
})

describe('a first worker that does not get so far', () => {
  test.each([
    ['throws', 'died'],
    ['takes nothing', 'died'],
    ['never loads', 'silent'],
  ])('as it %s', async (flaw, reason) => {
    const opening = supervise(options({ args: [program.folder, flaw], loadingMilliseconds: 3_000 }))
    await expect(opening).rejects.toMatchObject({ name: 'WorkerError', reason })
    expect(isBound()).toBe(false)
  })
})
