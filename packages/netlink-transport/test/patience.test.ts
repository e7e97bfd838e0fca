import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Patience } from '../src/connection/deadline.ts'
import { turns } from './overheard.ts'

/** More turns than a late answer is waited for. */
const grace = 40

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const waiting = (milliseconds: number) => {
  const late = vi.fn()
  const patience = new Patience(milliseconds, late)
  const pass = async (time: number) => {
    vi.advanceTimersByTime(time)
    await turns(grace)
  }
  return { late, patience, pass }
}

test('waits that are short each are never too long together, and a long one is', async () => {
  const { late, patience, pass } = waiting(100)
  for (let i = 0; i < 5; i++) {
    patience.begin()
    await pass(60)
    patience.end()
  }
  await pass(1_000)
  expect(late).not.toHaveBeenCalled()
  patience.begin()
  await pass(99)
  expect(late).not.toHaveBeenCalled()
  await pass(1)
  expect(late).toHaveBeenCalledOnce()
})

test('what comes within the grace is in time, whoever waits next', async () => {
  const { late, patience, pass } = waiting(100)
  patience.begin()
  vi.advanceTimersByTime(100)
  await turns(4)
  patience.end()
  patience.begin()
  await turns(grace)
  expect(late).not.toHaveBeenCalled()
  await pass(100)
  expect(late).toHaveBeenCalledOnce()
})

test('nobody waits after the end, nor for ever in vain', async () => {
  const { late, patience, pass } = waiting(100)
  patience.begin()
  patience.stop()
  await pass(1_000)
  expect(vi.getTimerCount()).toBe(0)
  const endless = waiting(Number.POSITIVE_INFINITY)
  endless.patience.begin()
  expect(vi.getTimerCount()).toBe(0)
  expect(late).not.toHaveBeenCalled()
  expect(endless.late).not.toHaveBeenCalled()
})
