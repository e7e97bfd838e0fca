import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { LookAhead, readCapture } from '../src/index.ts'
import { inPieces, pcap, plain } from './written.ts'

const wanted = plain([1, 2, 3].map((i) => Uint8Array.of(i)))
const whole = pcap(wanted)
const reason = new Error('no longer wanted')

/** A pipe that has these bytes and whose writer then says nothing, for ever; with what was done to it. */
function pipe(bytes: Uint8Array = new Uint8Array(0)) {
  const done: string[] = []
  const chunks = bytes.length === 0 ? [] : [bytes]
  const source = {
    done,
    [Symbol.asyncIterator]: () => ({
      next() {
        done.push('next')
        const value = chunks.shift()
        return value === undefined ? new Promise<never>(() => {}) : Promise.resolve({ done: false as const, value })
      },
      async return() {
        done.push('return')
        return { done: true as const, value: undefined }
      },
    }),
  }
  return source
}

test('a signal that has aborted: nothing is read', async () => {
  const source = pipe(whole)
  const records = readCapture(source, { signal: AbortSignal.abort(reason) })[Symbol.asyncIterator]()
  await expect(records.next()).rejects.toBe(reason)
  expect(source.done).toEqual([])
  expect(await records.next()).toEqual({ done: true, value: undefined })
})

test.each(['throw', 'end'] as const)(
  'who waits for bytes waits no more after an abort, with onTruncated: %s',
  async (onTruncated) => {
    const controller = new AbortController()
    const capture = readCapture(pipe(whole), { signal: controller.signal, onTruncated })
    const records = capture[Symbol.asyncIterator]()
    const seen = [await records.next(), await records.next(), await records.next()]
    expect(seen.map(({ value }) => value?.number)).toEqual([1, 2, 3])
    const [fourth, fifth] = [records.next(), records.next()]
    controller.abort(reason)
    await expect(fourth).rejects.toBe(reason)
    expect(await fifth).toEqual({ done: true, value: undefined })
    expect(capture.truncated).toBeUndefined()
  },
)

test.each([0, 10])('a source that aborts when it is asked for more, after %d bytes', async (bytes) => {
  const controller = new AbortController()
  const source = (async function* () {
    if (bytes > 0) yield whole.subarray(0, bytes)
    controller.abort(reason)
    await new Promise(() => {})
  })()
  await expect(readCapture(source, { signal: controller.signal })[Symbol.asyncIterator]().next()).rejects.toBe(reason)
})

test('after an abort no record comes that is there, and what is read from is closed', async () => {
  const controller = new AbortController()
  let closed = false
  const source = (async function* () {
    try {
      yield whole
    } finally {
      closed = true
    }
  })()
  const seen: number[] = []
  const read = async () => {
    for await (const { number } of readCapture(source, { signal: controller.signal })) {
      seen.push(number)
      controller.abort(reason)
    }
  }
  await expect(read()).rejects.toBe(reason)
  expect(seen).toEqual([1])
  await expect.poll(() => closed).toBe(true)
})

test('a read that fails after the abort is nobody’s', async () => {
  const controller = new AbortController()
  let fail = (_: Error) => {}
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise<never>((_, reject) => {
          fail = reject
        }),
      return: () => Promise.reject(new Error('closing failed, too')),
    }),
  }
  const first = readCapture(source, { signal: controller.signal })[Symbol.asyncIterator]().next()
  controller.abort(reason)
  await expect(first).rejects.toBe(reason)
  // An unhandled rejection would end the test.
  fail(new Error('the disk is gone'))
  await new Promise(setImmediate)
})

test.each([undefined, new AbortController().signal])(
  'a chunk that is none is an error of the capture, with a signal and without',
  async (signal) => {
    const source = [null] as unknown as Uint8Array[]
    const problem = { name: 'CaptureError', problem: 'unreadable' }
    await expect(readCapture(source, { signal })[Symbol.asyncIterator]().next()).rejects.toMatchObject(problem)
  },
)

test('what is looked at in advance stops as well', async () => {
  const controller = new AbortController()
  const ahead = new LookAhead(readCapture(pipe(), { signal: controller.signal })).ahead()
  const first = ahead.next()
  controller.abort(reason)
  await expect(first).rejects.toBe(reason)
})

test('a signal that never aborts keeps nothing of what was read', async () => {
  const { signal } = new AbortController()
  const numbers: number[] = []
  for await (const { number } of readCapture(inPieces(whole, [1]), { signal })) numbers.push(number)
  expect(numbers).toEqual([1, 2, 3])
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('what is no signal is refused', () => {
  const controller = new AbortController() as unknown as AbortSignal
  expect(() => readCapture(whole, { signal: controller })).toThrow(
    'signal: an object is no AbortSignal: that of a controller is `controller.signal`',
  )
})
