import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Claim } from './runner.ts'
import { concatenated, range, refusal, type Trial, turns } from './trial.ts'

/** Buffers have the size that was granted, and overrun. */
export function buffersClaims(claim: Claim, trial: Trial): void {
  claim('grants buffer sizes in the unit they are asked in, and keeps sendLimit current', () => {
    const { transport } = trial
    const granted = transport.resize({ receive: 65_536, send: 131_072 })
    deepEqual(granted, { receive: 65_536, send: 131_072 })
    equal(transport.sendLimit, 131_072 - 32)
    deepEqual(transport.resize({}), granted)
    const { dropped, receiveQueued, receiveBuffer } = transport.counters()
    deepEqual({ dropped, receiveQueued, receiveBuffer }, { dropped: 0, receiveQueued: 0, receiveBuffer: 65_536 })
    deepEqual(transport.resize({ receive: 131_072 }), { receive: 131_072, send: 131_072 })
  })

  claim('counts what waits', async () => {
    const { transport, inbox, ask, answered } = trial
    ask(1)
    ok(transport.counters().receiveQueued > 0)
    transport.receive(inbox)
    await answered(1)
    equal(transport.counters().receiveQueued, 0)
  })

  claim('tells of an overrun after what had come before it', async () => {
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
    equal(order.indexOf('ENOBUFS'), order.length - 1)
    equal(order[0], 'batch')
    deepEqual(inbox.sequences, range(1, inbox.messages.length))
  })

  for (const noEnobufs of [false, true])
    claim(`survives an overrun, with noEnobufs ${noEnobufs}`, async () => {
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
        ok(inbox.messages.length < 500)
        inbox.messages.length = 0
      }
      ok(transport.counters().dropped > 0)
      if (noEnobufs) deepEqual(inbox.errors, [])
      else ok(inbox.errors.length > 0)
      for (const error of inbox.errors) refusal('recvmmsg', 'ENOBUFS')(error)
    })
}
