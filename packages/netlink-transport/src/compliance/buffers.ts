import { expect, test } from 'vitest'
import { TransportError } from '../errors.ts'
import { concatenated, range, refusal, type Trial, turns } from './trial.ts'

/** Buffers have the size that was granted, and overrun. */
export function buffersClaims(trial: Trial): void {
  test('grants buffer sizes in the unit they are asked in, and keeps sendLimit current', () => {
    const { transport } = trial
    const granted = transport.resize({ receive: 65_536, send: 131_072 })
    expect(granted).toEqual({ receive: 65_536, send: 131_072 })
    expect(transport.sendLimit).toBe(131_072 - 32)
    expect(transport.resize({})).toEqual(granted)
    expect(transport.counters()).toMatchObject({ dropped: 0, receiveQueued: 0, receiveBuffer: 65_536 })
    expect(transport.resize({ receive: 131_072 })).toEqual({ receive: 131_072, send: 131_072 })
  })

  test('counts what waits', async () => {
    const { transport, inbox, ask, answered } = trial
    ask(1)
    expect(transport.counters().receiveQueued).toBeGreaterThan(0)
    transport.receive(inbox)
    await answered(1)
    expect(transport.counters().receiveQueued).toBe(0)
  })

  test('tells of an overrun after what had come before it', async () => {
    const { transport, inbox, numbered } = trial
    transport.resize({ receive: 8_192 })
    const order: string[] = []
    inbox.onBatch = (batch) => {
      batch.release()
      order.push('batch')
    }
    transport.receive({
      batch: (batch) => inbox.batch(batch),
      error: (error) => {
        order.push(error.code)
        inbox.error(error)
      },
    })
    transport.send(concatenated(range(1, 500).map(numbered)))
    await inbox.until(() => inbox.errors.length > 0)
    await turns()
    expect(order).toEqual(['batch', 'ENOBUFS'])
    expect(inbox.sequences).toEqual(range(1, inbox.messages.length))
  })

  test.each([false, true])('survives an overrun, with noEnobufs %s', async (noEnobufs) => {
    const { transport, inbox, numbered, ask, answered } = trial
    transport.set('noEnobufs', noEnobufs)
    transport.resize({ receive: 8_192 })
    transport.receive(inbox)
    for (let round = 1; round <= 20; round++) {
      transport.send(concatenated(range(1, 500).map(numbered)))
      await inbox.until(() => inbox.sequences.includes(1))
      // Read everything before asking again: a congested socket takes no answer.
      await turns()
      ask(1000 + round)
      await answered(1000 + round)
      expect(inbox.messages.length).toBeLessThan(500)
      inbox.messages.length = 0
    }
    expect(transport.counters().dropped).toBeGreaterThan(0)
    if (noEnobufs) expect(inbox.errors).toEqual([])
    else expect(inbox.errors).toContainEqual(refusal('recvmmsg', 'ENOBUFS'))
    for (const error of inbox.errors) expect(error).toBeInstanceOf(TransportError)
  })
}
