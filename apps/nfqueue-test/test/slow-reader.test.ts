import { getEventListeners } from 'node:events'
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { Lines } from '../src/terminal/lines.ts'
import { Output } from '../src/terminal/output.ts'

/** An output whose reader takes nothing until `take`. */
function slow() {
  const taken: (() => void)[] = []
  const stream = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => void taken.push(done) })
  const output = new Output(stream as unknown as NodeJS.WriteStream)
  const listeners = () => ['drain', 'error'].map((event) => stream.listenerCount(event))
  return { stream, output, listeners, take: () => taken.shift()?.() }
}

const many = Array.from({ length: 20 })

test('however many wait, the stream has one listener for each of its events', async () => {
  const { output, listeners, take } = slow()
  const before = listeners()
  output.write('x')
  const waits = many.map(() => output.drained())
  expect(listeners()).toEqual(before)
  take()
  await Promise.all(waits)
  expect(output.isFull).toBe(false)
  expect(listeners()).toEqual(before)
})

test('a wait that is over leaves nothing at its signal', async () => {
  const { output, take } = slow()
  const { signal } = new AbortController()
  output.write('x')
  const waits = many.flatMap(() => [output.drained(signal), output.flushed(signal)])
  for (let i = 0; i <= many.length; i++) setImmediate(take)
  await Promise.all(waits)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('an abort ends its own wait, and a failure every wait', async () => {
  const { stream, output } = slow()
  const controller = new AbortController()
  output.write('x')
  let isOver = false
  const other = output.drained().then(() => {
    isOver = true
  })
  const own = output.drained(controller.signal)
  controller.abort()
  await own
  await output.flushed(controller.signal)
  expect(isOver).toBe(false)
  stream.destroy(new Error('gone'))
  await Promise.all([other, output.drained(), output.flushed()])
})

test('lines have what they are about wait once, until the reader has taken them', async () => {
  const { output, take } = slow()
  const told: boolean[] = []
  const lines = new Lines(output, 'packet', { wait: (full) => told.push(full) })
  for (const _ of many) {
    lines.write('x')
    lines.flush()
  }
  expect(told).toEqual([true])
  for (const _ of many) {
    take()
    await new Promise(setImmediate)
  }
  expect(told).toEqual([true, false])
})
