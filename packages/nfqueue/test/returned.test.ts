import { udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel } from '@nfkit/simulator'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Handler, openQueue, type Unjudged } from '../src/index.ts'

const bytes = udp('192.0.2.1:4000 > 198.51.100.2:53')

let kernel: SimulatedKernel
beforeEach(() => {
  kernel = new SimulatedKernel({ profile: 'debian-6.12' })
})

/** What becomes of a packet with this handler, and what was told. */
async function judged(handler: Handler) {
  const queue = await openQueue(kernel.connect(), { number: 0, onUnjudged: 'drop' })
  onTestFinished(() => queue.close())
  const told: Unjudged[] = []
  queue.on('unjudged', (what) => told.push(what))
  queue.run(handler)
  const { verdict, reason } = await kernel.deliver(bytes)
  await queue.close()
  return { verdict, reason, told, verdicts: queue.stats().verdicts }
}

test.each(['accept', 'drop', 'stop'] as const)(
  'a handler that returns %j, or a promise of it, has judged so',
  async (word) => {
    for (const handler of [() => word, async () => word]) {
      const { verdict, told, verdicts } = await judged(handler)
      expect(verdict).toBe(word === 'stop' ? 'accept' : word)
      expect(verdicts[word]).toBe(1)
      expect(told).toEqual([])
    }
  },
)

test('repeat has the packet come again', async () => {
  let seen = 0
  const { verdict, verdicts } = await judged(() => (++seen === 1 ? 'repeat' : 'accept'))
  expect(verdict).toBe('accept')
  expect(verdicts).toMatchObject({ repeat: 1, accept: 1 })
})

test('a verdict given already stays, whatever is returned', async () => {
  for (const handler of [
    (packet) => {
      packet.accept()
      return 'drop'
    },
    async (packet) => {
      packet.accept()
      return 'drop'
    },
  ] satisfies Handler[])
    expect(await judged(handler)).toMatchObject({ verdict: 'accept', told: [], verdicts: { accept: 1, drop: 0 } })
})

test('a name there is none of leaves the packet to the queue, and says which was meant', async () => {
  // @ts-expect-error: the type knows the names.
  const misspelt: Handler = () => 'acept'
  for (const handler of [misspelt, async () => 'acept', async () => 'toString']) {
    const { verdict, told } = await judged(handler)
    expect(verdict).toBe('drop')
    expect(told).toMatchObject([{ reason: 'forgotten', error: { name: 'RangeError' } }])
  }
  const { told } = await judged(misspelt)
  expect(String(told[0]!.error)).toContain('did you mean "accept"?')
})

test('what is no text says nothing', async () => {
  for (const value of [undefined, null, 1, true, {}, ['accept']]) {
    const { told } = await judged(() => value)
    expect(told).toMatchObject([{ reason: 'forgotten', error: undefined }])
  }
})
