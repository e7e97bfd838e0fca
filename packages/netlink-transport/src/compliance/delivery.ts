import { deepEqual, equal, throws } from 'node:assert/strict'
import { Inbox } from './inbox.ts'
import type { Claim } from './runner.ts'
import { type Trial, throwingOnce, turns } from './trial.ts'

/** One receiver gets everything, later and in its turn. */
export function deliveryClaims(claim: Claim, trial: Trial): void {
  claim('delivers later, never from within send', async () => {
    const { transport, inbox, ask, answered } = trial
    let sending = false
    let nested = false
    transport.receive(inbox)
    const send = (n: number) => {
      sending = true
      ask(n)
      sending = false
    }
    inbox.onBatch = (batch) => {
      nested ||= sending
      batch.release()
      if (inbox.messages.length < 5) send(inbox.messages.length + 1)
    }
    send(1)
    deepEqual(inbox.messages, [])
    await answered(5)
    equal(nested, false)
  })

  claim('says when a batch arrived, on the clock of performance.now()', async (skip) => {
    const { transport, inbox, ask, answered } = trial
    const clocks: (number | undefined)[] = []
    transport.receive(inbox)
    inbox.onBatch = (batch) => {
      clocks.push(batch.arrivedAt, performance.now())
      batch.release()
    }
    // A transport may take its clock for a part of a millisecond earlier than it is.
    clocks.push(performance.now() - 1)
    for (let n = 1; n <= 5; n++) {
      ask(n)
      await answered(n)
    }
    if (clocks.includes(undefined)) return skip('this implementation leaves it to the receiver')
    deepEqual(
      clocks,
      clocks.toSorted((a, b) => a! - b!),
    )
  })

  claim('delivers nothing while paused, and what waited after resume', async () => {
    const { transport, inbox, ask, answered } = trial
    transport.receive(inbox)
    ask(1)
    await answered(1)
    transport.pause()
    ask(2)
    await turns()
    deepEqual(inbox.sequences, [1])
    transport.resume()
    ask(3)
    await answered(3)
    deepEqual(inbox.sequences, [1, 2, 3])
  })

  claim('may be paused before it receives, from within a batch, and twice', async () => {
    const { transport, inbox, ask, answered } = trial
    transport.pause()
    transport.pause()
    transport.receive(inbox)
    ask(1)
    await turns()
    deepEqual(inbox.messages, [])
    transport.resume()
    transport.resume()
    await answered(1)
    inbox.onBatch = (batch) => {
      batch.release()
      transport.pause()
    }
    ask(2)
    await answered(2)
    ask(3)
    await turns()
    deepEqual(inbox.sequences, [1, 2])
    transport.resume()
    await answered(3)
  })

  claim('has one receiver for its whole life', () => {
    const { transport, inbox } = trial
    transport.receive(inbox)
    throws(() => transport.receive(new Inbox()))
  })

  claim('reports what a receiver throws as uncaught, and goes on', async () => {
    const { ask, answered } = trial
    const { mistake, uncaught } = throwingOnce(trial)
    ask(1)
    await answered(1)
    ask(2)
    await answered(2)
    await turns()
    deepEqual(uncaught, [mistake])
  })

  claim('runs microtasks and ticks after each batch, before the next turn', async () => {
    const { transport, inbox, ask } = trial
    const order: string[] = []
    transport.receive(inbox)
    inbox.onBatch = (batch) => {
      batch.release()
      setImmediate(() => order.push('immediate'))
      process.nextTick(() => order.push('tick'))
      queueMicrotask(() => order.push('microtask'))
    }
    ask(1)
    await inbox.until(() => order.includes('immediate') || inbox.messages.length > 0)
    await turns()
    deepEqual(order, ['tick', 'microtask', 'immediate'])
  })
}
