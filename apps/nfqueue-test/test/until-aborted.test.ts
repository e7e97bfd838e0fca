import { expect, test } from 'vitest'
import { untilAborted } from '../src/replay/until-aborted.ts'

async function* numbers(): AsyncGenerator<number> {
  for (let i = 1; ; i++) yield i
}

test('items that are asked for at once come one each, and none after an abort', async () => {
  const controller = new AbortController()
  const items = untilAborted(numbers(), controller.signal)[Symbol.asyncIterator]()
  const both = await Promise.all([items.next(), items.next()])
  expect(both.map(({ value }) => value)).toEqual([1, 2])
  controller.abort()
  expect(await items.next()).toEqual({ done: true, value: undefined })
})

test('one that never comes is not waited for after an abort', async () => {
  const controller = new AbortController()
  const never: AsyncIterable<number> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }
  const next = untilAborted(never, controller.signal)[Symbol.asyncIterator]().next()
  controller.abort()
  expect(await next).toEqual({ done: true, value: undefined })
})
