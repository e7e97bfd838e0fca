import { expect, test } from 'vitest'
import { expectOutcome, OutcomeError, SimulatedKernel } from '../src/index.ts'
import { Bench, udp, verdict } from './queueing.ts'

test('an outcome as expected is returned', async () => {
  const kernel = new SimulatedKernel()
  const outcome = await expectOutcome(kernel, kernel.deliver(udp, { queue: null, mark: 7 }), {
    verdict: 'accept',
    mark: 7,
    connmark: 0,
  })
  expect(outcome.reason).toBe('passed')
})

test('another outcome is told with what came instead, and why', async () => {
  const bench = new Bench()
  const { outcome } = bench.deliver(udp, { mark: 26 })
  bench.send(verdict(0, 1, 0))
  const failure = expectOutcome(bench.kernel, outcome, { verdict: 'accept', mark: 9 })
  await expect(failure).rejects.toThrow(
    'expected verdict accept, got drop; expected mark 9 (0x9), got 26 (0x1a) (drop: verdict, after queue 0 as packet 1)',
  )
  await expect(failure).rejects.toMatchObject({
    expected: { verdict: 'accept', mark: 9 },
    actual: { verdict: 'drop', mark: 26 },
  })
  await expect(failure).rejects.toBeInstanceOf(OutcomeError)
})

test('a timeout no timer takes is refused, and Infinity waits for as long as it takes', async () => {
  const kernel = new SimulatedKernel()
  const pass = () => kernel.deliver(udp, { queue: null })
  for (const timeoutMilliseconds of [0, Number.NaN, 2 ** 31])
    await expect(expectOutcome(kernel, pass(), {}, { timeoutMilliseconds })).rejects.toThrow(RangeError)
  const slow = new Promise((resolve) => setTimeout(resolve, 20)).then(pass)
  await expectOutcome(kernel, slow, { verdict: 'accept' }, { timeoutMilliseconds: Number.POSITIVE_INFINITY })
})

test('a packet that is never judged is named', async () => {
  const bench = new Bench()
  const { outcome } = bench.deliver()
  const failure = expectOutcome(bench.kernel, outcome, { verdict: 'accept' }, { timeoutMilliseconds: 10 })
  await expect(failure).rejects.toThrow('no verdict within 10 ms; still waiting: packet 1 in queue 0')
})
