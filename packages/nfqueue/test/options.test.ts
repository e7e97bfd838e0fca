import { udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel } from '@nfkit/simulator'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openQueue, type Queue, type QueueOptions, type QueueSettings } from '../src/index.ts'
import type { VerdictChanges } from '../src/packet/changes.ts'

const bytes = udp('192.0.2.1:4000 > 198.51.100.2:53')

let kernel: SimulatedKernel
beforeEach(() => {
  kernel = new SimulatedKernel({ profile: 'debian-6.12' })
})

async function open(options: Partial<QueueOptions> = {}): Promise<Queue> {
  const queue = await openQueue(kernel.connect(), { number: 0, ...options })
  onTestFinished(() => queue.close())
  return queue
}

const refusal = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error('it was not refused'),
    (error) => error,
  )

describe('opening', () => {
  const inherited = ['toString', 'constructor', '__proto__', 'hasOwnProperty']
  const wrong: Record<keyof QueueOptions, unknown[]> = {
    number: [undefined, null, '0', -1, 1.5, 65_536, Number.NaN, Infinity],
    copyMode: ['pakcet', 2, null, ...inherited],
    copyRange: [0, -1, 1.5, 65_532, Number.NaN, Infinity, '64', null],
    maxLength: [0, -1, 1.5, 2 ** 32, Number.NaN, Infinity, '64', null],
    failOpen: ['false', 0, 1, null],
    gso: ['false', 0, null],
    uidGid: ['false', 0, null],
    secctx: ['false', 0, null],
    conntrack: ['on', true, null, ...inherited],
    onUnjudged: ['acept', null, 1, [], { queue: 65_536 }, { queue: '1' }, { queue: 1, bypass: 'no' }, ...inherited],
    batchVerdicts: ['true', 1, null],
    deadlineMilliseconds: [0, -1, Number.NaN, '5000', 2 ** 31, Number.NEGATIVE_INFINITY, null],
    receiveBuffer: [0, -1, 1.5, 2 ** 30, Number.NaN, Infinity, '4096', null],
    sendBuffer: [0, -1, 1.5, 2 ** 30, Number.NaN, Infinity, '4096', null],
    flows: [null, {}, 5, { get() {}, setMark() {} }],
    handover: [
      null,
      5,
      {},
      { version: 2, queue: 1, returned: 0 },
      { version: 1, queue: 2, returned: 0 },
      { version: 1, queue: 1, lastID: 7 },
    ],
    orphans: ['acept', null, { queue: -1 }],
    signal: [null, {}, 'abort', new AbortController()],
  }

  test.each(Object.entries(wrong))('refuses what %s cannot be, by its name, and asks nothing', async (name, values) => {
    for (const value of values) {
      const error = await refusal(openQueue(kernel.connect(), { number: 1, [name]: value }))
      expect(error, `${name}: ${JSON.stringify(value)}`).toSatisfy(
        (it) => it instanceof RangeError || it instanceof TypeError,
      )
      expect(error.message).toContain(name)
    }
    expect(kernel.sockets).toEqual([])
    expect(kernel.procNetlinkQueue()).toBe('')
  })

  test('refuses a misspelt option with the nearest one, and takes those that are undefined', async () => {
    const misspelt = { number: 1, onUnjuged: 'accept' } as unknown as QueueOptions
    expect(await refusal(openQueue(kernel.connect(), misspelt))).toEqual(
      new TypeError('openQueue: there is no option "onUnjuged"; did you mean "onUnjudged"?'),
    )
    expect(
      await refusal(openQueue(kernel.connect(), { number: 1, onUnjudged: { queue: 2, bypas: true } as never })),
    ).toEqual(new TypeError('onUnjudged: there is no option "bypas"; did you mean "bypass"?'))
    const names = Object.keys(wrong).map((name) => [name, undefined])
    const queue = await open({ ...Object.fromEntries(names), number: 3 })
    expect(queue.settings).toEqual({
      copyMode: 'packet',
      copyRange: 65_531,
      maxLength: 2_048,
      failOpen: false,
      gso: false,
      uidGid: false,
      secctx: false,
    })
  })
})

describe('running', () => {
  test('a misspelt or impossible option is refused, and the packets are not taken', async () => {
    const queue = await open()
    expect(() => queue.run(undefined as never)).toThrow('run: undefined is no function')
    expect(() => queue.run(() => {}, { concurency: 4 } as never)).toThrow('did you mean "concurrency"?')
    for (const concurrency of [0, -1, 1.5, Number.NaN, Infinity, '4', null])
      expect(() => queue.run(() => {}, { concurrency } as never), String(concurrency)).toThrow(RangeError)
    for (const limit of [0, -1, 1.5, Number.NaN, Infinity, '4'])
      expect(await refusal(queue.batches(limit as number).next()), String(limit)).toBeInstanceOf(RangeError)
    queue.run((packet) => packet.accept())
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept', reason: 'verdict' })
  })
})

describe('changes', () => {
  const refused: [VerdictChanges, string][] = [
    [{ makr: 7 } as VerdictChanges, 'did you mean "mark"?'],
    [{ payload: bytes, pirority: 7 } as VerdictChanges, 'did you mean "priority"?'],
    [{ connection: { timeout: 7 } } as VerdictChanges, 'there is no option "timeout"'],
    [{ connection: 5 } as unknown as VerdictChanges, 'no object'],
    [{ connmark: {} } as VerdictChanges, 'CTA_MARK'],
    [{ connmark: [] } as unknown as VerdictChanges, 'CTA_MARK'],
    [{ connmark: null } as unknown as VerdictChanges, 'CTA_MARK'],
    [{ connmark: { value: 2 ** 32 + 5 } }, 'CTA_MARK'],
    [{ connmark: { value: Number.NaN, mask: 255 } }, 'CTA_MARK'],
    [{ connmark: { value: '7', mask: 15 } } as unknown as VerdictChanges, 'CTA_MARK'],
    [{ connmark: { mask: 4 } } as unknown as VerdictChanges, 'CTA_MARK'],
    [{ connmark: { value: 7, maks: 4 } } as unknown as VerdictChanges, '"maks"'],
    ['mark' as unknown as VerdictChanges, 'no object'],
  ]

  test.each(refused)(
    '%j are refused before anything is sent, acknowledged or not, and the packet can be judged',
    async (changes, message) => {
      const queue = await open({ onUnjudged: 'drop' })
      const said: string[] = []
      queue.run(async (packet) => {
        try {
          packet.accept(changes)
        } catch (error) {
          said.push((error as Error).message)
        }
        said.push((await refusal(packet.judge('accept', changes))).message)
        packet.accept({ connmark: 3 })
      })
      expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept', connmark: 3 })
      expect(said).toEqual([expect.stringContaining(message), expect.stringContaining(message)])
    },
  )

  test('a verdict for many takes a mark and a priority only', async () => {
    const queue = await open()
    queue.run((packet) => {
      expect(() => queue.judgeThrough(packet, 'accept', { payload: bytes } as never)).toThrow('"payload"')
      queue.judgeThrough(packet, 'accept', { mark: 9 })
    })
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept', mark: 9 })
    expect(queue.stats().unjudged.threw).toBe(0)
  })

  test('what is no verdict is refused, and the packet can be judged', async () => {
    const queue = await open()
    queue.run(async (packet) => {
      for (const verdict of ['toString', '__proto__', 'reject', 5, null, {}])
        expect(await refusal(packet.judge(verdict as never)), String(verdict)).toMatchObject({ name: 'EncodeError' })
      packet.accept()
    })
    expect(await kernel.deliver(bytes)).toMatchObject({ verdict: 'accept' })
    expect(queue.stats()).toMatchObject({ unjudged: { rejected: 0 } })
  })
})

describe('configuring', () => {
  test('refuses what is no setting, or no value of one', async () => {
    const queue = await open()
    for (const [settings, message] of [
      [{ copyRnge: 64 }, 'configure: there is no option "copyRnge"; did you mean "copyRange"?'],
      [{ number: 5 }, 'configure: there is no option "number"'],
      [{ maxLength: Number.NaN }, 'maxLength: NaN'],
      [{ failOpen: 'no' }, 'failOpen: "no"'],
      [null, 'configure: null'],
    ] as const)
      expect((await refusal(queue.configure(settings as unknown as QueueSettings))).message).toContain(message)
  })

  test('concurrent changes all take effect, in their order', async () => {
    const queue = await open()
    const first: { copyRange: number } = { copyRange: 64 }
    const changes = [
      queue.configure(first),
      queue.configure({ maxLength: 10, copyMode: 'meta' }),
      queue.configure({ copyMode: 'packet' }),
    ]
    first.copyRange = 1_000
    await Promise.all(changes)
    expect(queue.settings).toMatchObject({ copyRange: 64, maxLength: 10, copyMode: 'packet' })
    expect(kernel.procNetlinkQueue()).toMatch(/^ +0 +\d+ +0 2 +64 /)
  })

  test('one that the kernel refuses takes nothing else with it', async () => {
    const queue = await open()
    kernel.inject({ kind: 'queue stolen', queue: 0 })
    const [stolen, alone] = await Promise.all([
      refusal(queue.configure({ copyRange: 64 })),
      refusal(queue.configure({ maxLength: 10 })),
    ])
    expect([stolen, alone]).toMatchObject([{ name: 'QueueError' }, { name: 'QueueError' }])
    expect(queue.settings).toMatchObject({ copyRange: 65_531, maxLength: 2_048 })
  })

  test('a closed queue says so', async () => {
    const queue = await open()
    const late = queue.configure({ copyRange: 64 })
    const later = queue.configure({ copyRange: 65 })
    const closing = queue.close()
    expect(await refusal(queue.configure({ copyRange: 66 }))).toEqual(new Error('queue 0 is closed'))
    await Promise.allSettled([late, later])
    await closing
  })
})
