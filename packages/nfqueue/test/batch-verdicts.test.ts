import { udp } from '@nfkit/ip-codec/build'
import { u16, u32 } from '@nfkit/netlink-codec'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { type Fault, SimulatedKernel } from '@nfkit/simulator'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openQueue, type Packet, type Queue, type QueueOptions } from '../src/index.ts'

const bytes = udp('192.0.2.1:4000 > 198.51.100.2:53', { payload: new Uint8Array(20) })
const turn = () => new Promise((resolve) => setImmediate(resolve))
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await turn()
}

/** What becomes of a packet when it is first seen; later it is accepted. */
const plans = {
  accept: (packet) => packet.accept(),
  drop: (packet) => packet.drop(),
  marked: (packet) => packet.accept({ mark: 7 }),
  repeated: (packet) => packet.repeat(),
  moved: (packet) => packet.requeue(1 - packet.queue),
  forgotten: () => {},
  held: (packet, { held }) => void held.push(packet.hold()),
  async: async (packet) => {
    await undefined
    packet.accept()
  },
  late: async (packet) => {
    await turns(2)
    packet.accept()
  },
  acknowledged: async (packet) => {
    packet.hold()
    await packet.judge('accept')
  },
  through: (packet, { queues }) => void queues[packet.queue]!.judgeThrough(packet, 'accept'),
} as const satisfies { [name: string]: (packet: Packet, run: Run) => unknown }
type Plan = keyof typeof plans

type Step =
  | { readonly deliver: readonly (readonly [Plan, number])[] }
  | { readonly release: number; readonly verdict: 'accept' | 'drop' }
  | { readonly fault: Fault; readonly of: 'socket' | 'kernel' }
  | { readonly swallow: number }
  | { readonly look: true }

const swallowAll = [{ code: 0x06, jt: 0, jf: 0, k: 0 }] as const
const isBatch = (message: number) => message === nfqueueMessage.verdictBatch.type

/** Two queues on one socket, and a program that runs once with batch verdicts and once without. */
class Run {
  readonly kernel = new SimulatedKernel({ profile: 'debian-6.12', interfaces: { eth0: 2, eth1: 3 } })
  readonly transport = this.kernel.connect()
  readonly queues: Queue[] = []
  readonly held: Packet[] = []
  /** What was told, and what became of packets, in order. */
  readonly told: unknown[] = []
  batches = 0
  readonly #plans: Plan[] = []
  readonly #seen = new Set<number>()

  constructor() {
    const { send } = this.transport
    this.transport.send = (datagram) => {
      for (let at = 0; at < datagram.length; at += u32(datagram, at)) if (isBatch(u16(datagram, at + 4))) this.batches++
      send.call(this.transport, datagram)
    }
  }

  static async of(steps: readonly Step[], batchVerdicts: boolean): Promise<Run> {
    const run = new Run()
    for (const number of [0, 1]) await run.#open({ number, batchVerdicts })
    for (const step of steps) await run.#take(step)
    run.transport.resume()
    await turns(8)
    run.told.push(run.table, ...run.queues.map((queue) => queue.stats()))
    for (const packet of run.held) if (!packet.judged) packet.drop()
    await turns(4)
    run.told.push(run.table)
    for (const queue of run.queues) await queue.close()
    run.told.push(...run.queues.map((queue) => queue.stats()))
    return run
  }

  /** The kernel's table of queues. */
  get table(): string {
    return this.kernel.procNetlinkQueue()
  }

  async #open(options: QueueOptions): Promise<void> {
    const more = { onUnjudged: 'accept', conntrack: 'off', deadlineMilliseconds: Number.POSITIVE_INFINITY } as const
    const queue = await openQueue(this.transport, { ...more, ...options })
    for (const event of ['lost', 'verdictError', 'unjudged', 'lateVerdict', 'handlerError', 'trouble'] as const)
      queue.on(event, (what) => this.told.push([options.number, event, JSON.stringify(what), `${what}`]))
    queue.run((packet) => {
      const first = !this.#seen.has(packet.mark)
      this.#seen.add(packet.mark)
      return plans[(first && this.#plans[packet.mark - 1]) || 'accept'](packet, this)
    })
    this.queues.push(queue)
  }

  async #take(step: Step): Promise<void> {
    if ('deliver' in step) for (const [plan, queue] of step.deliver) this.#deliver(plan, queue)
    else if ('release' in step) this.#release(step.release, step.verdict)
    else if ('look' in step) this.told.push(this.queues.map((queue) => queue.stats()))
    else if ('fault' in step) this.kernel.inject(step.fault, step.of === 'socket' ? this.transport : undefined)
    else {
      this.transport.filter(swallowAll)
      for (let i = 0; i < step.swallow; i++) this.#deliver('accept', 0)
      this.transport.filter(undefined)
    }
    await turns(4)
  }

  #deliver(plan: Plan, queue: number): void {
    const mark = this.#plans.push(plan)
    const from = mark % 3 === 0 ? 'eth1' : 'eth0'
    this.kernel
      .deliver(bytes, { queue, mark, hook: 'prerouting', indev: from })
      .then(({ verdict, reason, queues, ...more }) => this.told.push([mark, verdict, reason, queues, more.mark]))
  }

  #release(which: number, verdict: 'accept' | 'drop'): void {
    const [packet] = this.held.splice(which % Math.max(this.held.length, 1), 1)
    if (packet && !packet.judged) packet[verdict]()
  }
}

const common: Plan[] = ['accept', 'accept', 'accept', 'accept', 'drop', 'async']
const plan = fc.oneof(fc.constantFrom<Plan>(...common), fc.constantFrom(...(Object.keys(plans) as Plan[])))
const queue = fc.constantFrom(0, 0, 0, 1)
const at = fc.integer({ min: 1, max: 4 })
const socketFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant('overrun' as const), at }),
  fc.record({ kind: fc.constant('truncated datagram' as const), at, length: fc.constantFrom(10, 30, 40, 60) }),
  fc.record({ kind: fc.constant('damaged datagram' as const), at, offset: fc.nat(60), byte: fc.nat(255) }),
  fc.record({ kind: fc.constant('reordered messages' as const), turns: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ kind: fc.constant('slow consumer' as const), datagrams: fc.constantFrom(1, 2, 5) }),
)
const nextId = fc.record({
  kind: fc.constant('next id' as const),
  queue,
  id: fc.constantFrom(0xffff_fffd, 0, 0x7fff_fffe, 0x8000_0000, 1_000),
})
const ordinary: fc.Arbitrary<Step>[] = [
  fc.record({ deliver: fc.array(fc.tuple(plan, queue), { minLength: 1, maxLength: 12 }) }),
  fc.record({ release: fc.nat(5), verdict: fc.constantFrom('accept' as const, 'drop' as const) }),
  fc.constant({ look: true } as const),
]
const faults: fc.Arbitrary<Step>[] = [
  fc.record({ fault: socketFault, of: fc.constant('socket' as const) }),
  fc.record({ swallow: fc.integer({ min: 1, max: 2 }) }),
]
const down: fc.Arbitrary<Step> = fc.record({
  fault: fc.constantFrom<Fault>({ kind: 'interface down', interface: 'eth1' }),
  of: fc.constant('kernel' as const),
})
const accepted = (count: number, on = 0): Step => ({ deliver: Array.from({ length: count }, () => ['accept', on]) })
/** A queue may be old, and its ids anywhere. No kernel's ids go back while packets wait, and a new queue begins with 1: so one is seen before any is swallowed. */
const beginnings = fc.array(fc.record({ fault: nextId, of: fc.constant('kernel' as const) }), { maxLength: 2 })
const programs = (...step: fc.Arbitrary<Step>[]): fc.Arbitrary<Step[]> =>
  fc
    .tuple(beginnings, fc.array(fc.oneof(...step), { minLength: 2, maxLength: 14 }))
    .map(([first, then]) => [...first, ...(first.length > 0 ? [accepted(1, 0), accepted(1, 1)] : []), ...then])

const pair = async (steps: readonly Step[]) => [await Run.of(steps, true), await Run.of(steps, false)] as const
const isError = (what: unknown) => Array.isArray(what) && what[1] === 'verdictError'
/** Which packet, and what the kernel says; the message is named as it was sent. */
const errors = ({ told }: Run) =>
  told
    .filter(isError)
    .map((what) => String((what as unknown[])[3]).replace('NFQNL_MSG_VERDICT_BATCH', 'NFQNL_MSG_VERDICT'))
const outcomes = ({ told }: Run) =>
  told.filter((what) => Array.isArray(what) && typeof what[2] === 'string' && !isError(what))

describe('batch verdicts', () => {
  test('what becomes of every packet, what is counted and told is as with single verdicts', {
    timeout: 120_000,
  }, async () => {
    let batches = 0
    await fc.assert(
      fc.asyncProperty(programs(...ordinary, ...ordinary, ...faults), async (steps) => {
        const [batched, single] = await pair(steps)
        expect(batched.told).toEqual(single.told)
        batches += batched.batches - single.batches
      }),
      { numRuns: 100 },
    )
    expect(batches, 'batches there were').toBeGreaterThan(10)
  })

  test('where interfaces go down, too, what becomes of packets is the same, and no error is told that was none', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(programs(...ordinary, down), async (steps) => {
        const [batched, single] = await pair(steps)
        expect(outcomes(batched)).toEqual(outcomes(single))
        expect(errors(single)).toEqual(expect.arrayContaining(errors(batched)))
      }),
      { numRuns: 300 },
    )
  })

  test('packets of a turn that all are accepted are one message', async () => {
    const [batched, single] = await pair([accepted(20), accepted(5)])
    expect([batched.batches, single.batches]).toEqual([2, 0])
    expect(batched.told).toEqual(single.told)
  })

  test('one that waits keeps those behind it single, and those before it in one message', async () => {
    const run = await Run.of(
      [
        {
          deliver: [
            ['accept', 0],
            ['accept', 0],
            ['held', 0],
            ['accept', 0],
            ['accept', 0],
          ],
        },
      ],
      true,
    )
    expect(run.batches).toBe(1)
    expect(run.queues[0]!.stats()).toMatchObject({ verdicts: { accept: 4, drop: 1 }, verdictErrors: 0 })
  })

  test('a packet that the socket’s filter swallowed goes on waiting, whatever comes behind it', async () => {
    const [batched, single] = await pair([accepted(3), { swallow: 1 }, accepted(3), { look: true }, accepted(3)])
    expect(batched.batches).toBe(1)
    expect(batched.told).toEqual(single.told)
  })

  test('after an overrun each verdict leaves by itself until the kernel says that none waits', async () => {
    const lost: Step = { fault: { kind: 'overrun', at: 2 }, of: 'socket' }
    const batches = async (...steps: Step[]) => (await Run.of([lost, accepted(4), ...steps], true)).batches
    expect(await batches(accepted(4))).toBe(0)
    expect(await batches({ look: true }, accepted(4))).toBe(1)
  })

  test('across 2³²', async () => {
    // In two steps, for ids are compared as far apart as 2³¹.
    const next = (id: number): Step[] => [
      { fault: { kind: 'next id', queue: 0, id }, of: 'kernel' },
      accepted(1),
      { look: true },
    ]
    const [batched, single] = await pair([...next(0x7fff_fffe), ...next(0xffff_fffd), accepted(6), accepted(3)])
    expect(batched.batches).toBe(2)
    expect(batched.told).toEqual(single.told)
  })
})

describe('errors of batch verdicts', () => {
  /** So many packets of each interface are read and held; then one goes down, and they are accepted in one turn. */
  async function flushed(interfaces: readonly string[], batchVerdicts: boolean) {
    const kernel = new SimulatedKernel({ profile: 'debian-6.12', interfaces: { eth0: 2, eth1: 3 } })
    await using queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'off', batchVerdicts })
    const errors: [number, string][] = []
    queue.on('verdictError', ({ packetId, code }) => errors.push([packetId, code]))
    const held: Packet[] = []
    queue.run((packet) => void held.push(packet.hold()))
    for (const indev of interfaces) kernel.deliver(bytes, { hook: 'prerouting', indev })
    await turns(2)
    kernel.inject({ kind: 'interface down', interface: 'eth1' })
    for (const packet of held) packet.accept()
    await turns(4)
    return { errors, count: queue.stats().verdictErrors }
  }

  test('packets that are all gone: each is told', async () => {
    const gone = ['eth1', 'eth1', 'eth1']
    const told = { errors: [1, 2, 3].map((id) => [id, 'ENOENT']), count: 3 }
    expect(await flushed(gone, true)).toEqual(told)
    expect(await flushed(gone, false)).toEqual(told)
  })

  test('packets of which some are gone: the kernel tells of none, where single verdicts tell of each', async () => {
    const some = ['eth0', 'eth1', 'eth0']
    expect(await flushed(some, true)).toEqual({ errors: [], count: 0 })
    expect(await flushed(some, false)).toEqual({ errors: [[2, 'ENOENT']], count: 1 })
  })

  test('packets whose verdicts could not be sent: each is told', async () => {
    const run = new SimulatedKernel({ profile: 'debian-6.12' })
    const transport = run.connect()
    const queue = await openQueue(transport, { number: 0, conntrack: 'off', batchVerdicts: true })
    const unsent: number[] = []
    queue.on('verdictError', ({ packetId }) => unsent.push(packetId))
    queue.run((packet) => packet.accept())
    run.inject({ kind: 'send error', code: 'ENOBUFS', times: Number.POSITIVE_INFINITY }, transport)
    for (let i = 0; i < 4; i++) run.deliver(bytes)
    await turns(3)
    transport.close()
    await queue.close()
    expect(unsent).toEqual([1, 2, 3, 4])
  })
})
