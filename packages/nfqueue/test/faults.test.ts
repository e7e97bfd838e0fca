import { udp } from '@nfkit/ip-codec/build'
import { type Fault, SimulatedKernel, type SimulatedTransport } from '@nfkit/simulator'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { until } from '../../../test/host.ts'
import { openQueue, type Packet, type Queue, QueueError, type QueueOptions, VerdictError } from '../src/index.ts'

const bytes = udp('192.0.2.1:4000 > 198.51.100.2:53', { payload: new Uint8Array(20) })

let kernel: SimulatedKernel
let transport: SimulatedTransport
let queue: Queue
let told: [string, unknown][]

async function open(options: Partial<QueueOptions> = {}): Promise<Queue> {
  transport = kernel.connect()
  queue = await openQueue(transport, { number: 0, onUnjudged: 'accept', ...options })
  for (const event of ['lost', 'trouble', 'verdictError', 'unjudged'] as const) {
    queue.on(event, (what: unknown) => told.push([event, what]))
  }
  return queue
}

const inject = (fault: Fault) => kernel.inject(fault, transport)
const errors = () => told.filter(([event]) => event === 'verdictError').map(([, error]) => error as VerdictError)

beforeEach(() => {
  kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  told = []
})
afterEach(async () => {
  await queue?.close()
  kernel.assertQuiet()
})

describe('losses', () => {
  test('an overrun is an event with counts, and the queue goes on', async () => {
    await open()
    queue.run((packet) => packet.accept())
    inject({ kind: 'overrun', at: 2 })
    const outcomes = await Promise.all([1, 2, 3].map((mark) => kernel.deliver(bytes, { mark })))
    expect(outcomes.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ['accept', 'verdict'],
      ['drop', 'socket full'],
      ['accept', 'verdict'],
    ])
    expect(told).toEqual([['lost', { packets: 1, where: 'socket' }]])
    expect(queue.stats()).toMatchObject({ received: 2, lost: 1, socketDropped: 1 })
  })

  test('what a full queue drops is counted and told, too', async () => {
    await open({ maxLength: 2 })
    const held: Packet[] = []
    queue.run((packet) => held.push(packet.hold()))
    const outcomes = [1, 2, 3, 4, 5].map(() => kernel.deliver(bytes))
    expect(await outcomes[4]).toMatchObject({ verdict: 'drop', reason: 'queue full' })
    await until(() => held.length === 2, 'the two that had room')
    expect(queue.stats()).toMatchObject({ received: 2, lost: 0, socketDropped: 0, queueDropped: 3 })
    await queue.close()
    expect(told[0]).toEqual(['lost', { packets: 3, where: 'queue' }])
  })

  test('ids wrap at 2³² without a false loss, and a gap across the wrap is counted right', async () => {
    await open()
    const ids: number[] = []
    queue.run((packet) => {
      ids.push(packet.id)
      packet.accept()
    })
    for (const id of [0x7fff_ffff, 0xffff_fffe]) {
      kernel.inject({ kind: 'next id', queue: 0, id })
      await kernel.deliver(bytes)
    }
    ids.shift()
    told.length = 0
    await kernel.deliver(bytes)
    inject({ kind: 'overrun' })
    await kernel.deliver(bytes)
    await kernel.deliver(bytes)
    expect(ids).toEqual([0xffff_fffe, 0xffff_ffff, 1])
    expect(told).toEqual([['lost', { packets: 1, where: 'socket' }]])
  })

  test('failing reads do not deafen the queue', async () => {
    await open()
    queue.run((packet) => packet.accept())
    for (const code of ['EINTR', 'ENOBUFS', 'ENOMEM', 'EAGAIN'] as const) {
      inject({ kind: 'read error', code })
      expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept', reason: 'verdict' })
    }
  })
})

describe('broken messages', () => {
  test('a packet that cannot be decoded gets the default verdict and an event', async () => {
    await open()
    queue.run((packet) => packet.drop())
    // The header and id are there; the attribute behind is cut.
    inject({ kind: 'truncated datagram', length: 38 })
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept' })
    expect(told).toMatchObject([['unjudged', { packetId: 1, reason: 'undecodable', verdict: 'accept' }]])
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'drop' })
  })

  test('so does one whose attributes make no sense', async () => {
    await open()
    queue.run((packet) => packet.drop())
    // The length of the attribute behind the header and id.
    inject({ kind: 'damaged datagram', offset: 33, byte: 0xff })
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept' })
    expect(told).toMatchObject([['unjudged', { packetId: 1, reason: 'undecodable', verdict: 'accept' }]])
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'drop' })
  })

  test('a datagram of which nothing can be read is trouble, and the next packet is fine', async () => {
    await open()
    queue.run((packet) => packet.accept())
    inject({ kind: 'truncated datagram', length: 10 })
    kernel.deliver(bytes)
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept' })
    expect(told.map(([event]) => event)).toContain('trouble')
  })

  test('what another process sends is not heard', async () => {
    await open()
    const seen: Packet[] = []
    queue.run((packet) => {
      seen.push(packet)
      packet.accept()
    })
    inject({ kind: 'foreign sender', datagram: new Uint8Array(40).fill(3) })
    await kernel.deliver(bytes)
    expect(seen).toHaveLength(1)
    expect(told).toEqual([])
  })
})

describe('disorder and delay', () => {
  const many = Array.from({ length: 200 }, (_, i) => i + 1)

  test('packets in another order get their own verdicts', async () => {
    await open()
    const order: (number | undefined)[] = []
    queue.run((packet) => {
      order.push(packet.mark)
      packet.accept({ mark: packet.mark! + 1000 })
    })
    inject({ kind: 'reordered messages', turns: 3 })
    const outcomes = await Promise.all(many.map((mark) => kernel.deliver(bytes, { mark })))
    expect(outcomes.map(({ mark }) => mark)).toEqual(many.map((mark) => mark + 1000))
    expect(order).not.toEqual(many)
    expect(queue.stats().lost).toBeLessThan(many.length)
    expect(errors()).toEqual([])
  })

  test('a slow consumer judges everything that had room', async () => {
    await open()
    queue.run((packet) => packet.accept())
    inject({ kind: 'slow consumer', datagrams: 1 })
    transport.resize({ receive: 65_536 })
    const outcomes = await Promise.all(many.map(() => kernel.deliver(bytes)))
    const [judged, lost] = ['verdict', 'socket full'].map((why) => outcomes.filter((one) => one.reason === why).length)
    expect(judged! + lost!).toBe(many.length)
    expect(lost).toBeGreaterThan(0)
    await kernel.deliver(bytes)
    expect(queue.stats()).toMatchObject({ received: judged! + 1, lost, socketDropped: lost })
  })

  test('an answer that comes late opens the queue all the same', async () => {
    const slow = kernel.connect()
    kernel.inject({ kind: 'delayed answer', turns: 20 }, slow)
    await using late = await openQueue(slow, { number: 3 })
    late.run((packet) => packet.drop())
    expect(await kernel.deliver(bytes, { queue: 3 })).toMatchObject({ verdict: 'drop', reason: 'verdict' })
  })

  test('verdicts the socket does not take are sent again; that is told once', async () => {
    await open()
    queue.run((packet) => packet.accept({ mark: 7 }))
    inject({ kind: 'send error', code: 'ENOBUFS', times: 2 })
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept', reason: 'verdict', mark: 7 })
    expect(told).toEqual([['trouble', expect.objectContaining({ syscall: 'sendto', code: 'ENOBUFS' })]])
  })
})

describe('verdicts the kernel refuses', () => {
  test('each refusal names its packet, whatever the order', async () => {
    await open()
    const held: Packet[] = []
    queue.run((packet) => held.push(packet.hold()))
    for (let i = 0; i < 4; i++) kernel.deliver(bytes, { indev: i % 2 ? 'eth0' : 'lo' })
    await until(() => held.length === 4, 'four packets')
    kernel.inject({ kind: 'interface down', interface: 'eth0' })
    for (const packet of held.reverse()) packet.drop()
    await until(() => errors().length === 2, 'two refusals')
    expect(errors().map(({ packetId, code }) => [packetId, code])).toEqual([
      [4, 'ENOENT'],
      [2, 'ENOENT'],
    ])
    expect(queue.stats()).toMatchObject({ verdictErrors: 2, pending: 0 })
  })

  test('a stolen queue refuses verdicts with EPERM; closing still ends', async () => {
    await open()
    const held: Packet[] = []
    queue.run((packet) => held.push(packet.hold()))
    kernel.deliver(bytes)
    await until(() => held.length === 1, 'a packet')
    kernel.inject({ kind: 'queue stolen', queue: 0 })
    held[0]?.accept()
    await until(() => errors().length === 1, 'a refusal')
    expect(errors()).toMatchObject([{ packetId: 1, code: 'EPERM' }])
    await queue.close()
  })

  test('an acknowledged verdict resolves or rejects by what the kernel says', async () => {
    await open()
    const held: Packet[] = []
    queue.run((packet) => held.push(packet.hold()))
    const outcome = kernel.deliver(bytes)
    kernel.deliver(bytes, { indev: 'eth0' })
    await until(() => held.length === 2, 'two packets')
    kernel.inject({ kind: 'interface down', interface: 'eth0' })
    await held[0]?.judge('drop', { mark: 1 })
    expect(await outcome).toMatchObject({ verdict: 'drop' })
    await expect(held[1]?.judge('accept')).rejects.toBeInstanceOf(VerdictError)
    expect(errors()).toEqual([])
  })
})

describe('opening', () => {
  test('each refusal has its reason', async () => {
    await open()
    const refused = async (options: Partial<QueueOptions>, from = kernel.connect()) => {
      const error = await openQueue(from, { number: 0, ...options }).catch((reason) => reason)
      expect(error).toBeInstanceOf(QueueError)
      return (error as QueueError).reason
    }
    expect(await refused({})).toBe('owned')
    expect(await refused({ number: 1 }, kernel.connect({ privileged: false }))).toBe('permission')
    const other = new SimulatedKernel({ profile: '6.18' })
    expect(await refused({ conntrack: 'require' }, other.connect())).toBe('conntrack')
    other.inject({ kind: 'module gone' })
    expect(await refused({}, other.connect())).toBe('module')
  })

  test("'prefer' opens without connections and says so once; copy mode is set all the same", async () => {
    const other = new SimulatedKernel({ profile: '6.18' })
    await using without = await openQueue(other.connect(), { number: 4 })
    const warnings: string[] = []
    without.on('warning', (text) => warnings.push(text))
    await until(() => warnings.length > 0, 'the warning')
    expect(warnings).toEqual([expect.stringContaining('NETFILTER_NETLINK_GLUE_CT')])
    expect(without.conntrack).toBe(false)
    expect(other.procNetlinkQueue()).toMatch(/^ +4 +\d+ +0 2 65531 /)
  })

  test('a lost answer rejects instead of hanging', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const lossy = kernel.connect()
    kernel.inject({ kind: 'lost answer' }, lossy)
    const opening = openQueue(lossy, { number: 9 })
    const rejected = expect(opening).rejects.toMatchObject({ name: 'NoAnswerError', code: 'ETIMEDOUT' })
    await vi.advanceTimersByTimeAsync(6_000)
    await rejected
    vi.useRealTimers()
  })

  test('options out of range are refused before anything is asked, and the transport is closed', async () => {
    for (const wrong of [
      { number: 65_536 },
      { number: 1.5 },
      { copyRange: 0 },
      { maxLength: -1 },
      { deadlineMilliseconds: 0 },
    ]) {
      await expect(openQueue(kernel.connect(), { number: 1, ...wrong })).rejects.toBeInstanceOf(RangeError)
    }
    expect(kernel.procNetlinkQueue()).toBe('')
  })
})
