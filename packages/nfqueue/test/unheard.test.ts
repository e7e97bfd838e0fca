import { SimulatedKernel } from '@nfkit/simulator'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openQueue } from '../src/index.ts'
import { bytes } from './stage.ts'

type Warned = Error & { code?: string; detail?: string }

let warned: Warned[]
const listener = (warning: Warned) => {
  if (warning.code === 'NFQUEUE_UNJUDGED') warned.push(warning)
}
beforeEach(() => {
  warned = []
  process.on('warning', listener)
})
afterEach(() => {
  process.off('warning', listener)
})
const messages = () => warned.map(({ message }) => message)

async function judged(count: number, handler: Parameters<Awaited<ReturnType<typeof openQueue>>['run']>[0]) {
  const kernel = new SimulatedKernel()
  const queue = await openQueue(kernel.connect(), { number: 7, deadlineMilliseconds: 20 })
  queue.run(handler)
  for (let i = 0; i < count; i++) await kernel.deliver(bytes, { queue: 7 })
  await queue.close()
  // Warnings come with the next tick.
  await new Promise((resolve) => setImmediate(resolve))
}

test('nobody listens: the first failure is a warning with its stack, then come counts', async () => {
  await judged(125, () => {
    throw new TypeError('packet.ipp is no function \x1b]0;title\x07')
  })
  expect(messages()).toEqual([
    "queue 7: packet 1: the handler threw, so the queue gave its own: drop; listen to 'unjudged' and 'handlerError' to hear of each",
    'queue 7: 10 so far like the first one warned of',
    'queue 7: 100 so far like the first one warned of',
    'queue 7: 125 in all like the first one warned of',
  ])
  expect(warned[0]!.name).toBe('UnjudgedWarning')
  expect(warned[0]!.detail).toMatch(
    /TypeError: packet\.ipp is no function \\x1b]0;title\\x07\n +at .*unheard\.test\.ts/,
  )
})

test.each<[string, Parameters<typeof judged>[1]]>([
  ['the handler rejected', () => Promise.reject(new Error('no'))],
  ['the handler returned without a verdict (and without hold())', () => {}],
  ['no verdict came before the deadline', (packet) => packet.hold()],
])('%s', async (sentence, handler) => {
  await judged(1, handler)
  expect(messages()).toEqual([expect.stringContaining(`packet 1: ${sentence}, so the queue gave its own: drop`)])
})

test('a failure after the verdict, with what cannot even be shown', async () => {
  await judged(1, (packet) => {
    packet.accept()
    throw {
      get [Symbol.for('nodejs.util.inspect.custom')]() {
        throw new Error('evil')
      },
    }
  })
  expect(messages()).toEqual([expect.stringContaining('packet 1: the handler failed after its verdict')])
  // Deno does not call the getter.
  expect(warned[0]!.detail).toMatch(/cannot be shown|\[Getter\]/)
})

test('who listens is not warned, nor who closes', async () => {
  const kernel = new SimulatedKernel()
  const queue = await openQueue(kernel.connect(), { number: 7 })
  queue.on('unjudged', () => {})
  queue.run((packet) => (packet.id === 2 ? packet.hold() : undefined))
  await kernel.deliver(bytes, { queue: 7 })
  await queue.close()
  await new Promise((resolve) => setImmediate(resolve))
  expect(messages()).toEqual([])
})
