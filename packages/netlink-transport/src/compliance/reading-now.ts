import { deepEqual, equal } from 'node:assert/strict'
import type { Claim } from './runner.ts'
import { type Trial, throwingOnce, turns } from './trial.ts'

const none = 'this implementation reads in its own turns only'

/** A transport may be told to read now. */
export function readingNowClaims(claim: Claim, trial: Trial): void {
  claim('reads now what has arrived, within the call and once', async (skip) => {
    const { transport, inbox, ask, answered } = trial
    if (!transport.readNow) return skip(none)
    transport.receive(inbox)
    transport.readNow()
    ask(1)
    ask(2)
    deepEqual(inbox.messages, [])
    transport.readNow()
    deepEqual(inbox.sequences, [1, 2])
    transport.readNow()
    ask(3)
    await answered(3)
    await turns()
    deepEqual(inbox.sequences, [1, 2, 3])
    deepEqual(inbox.errors, [])
  })

  claim('reads now nothing before it receives, while paused, and after close', (skip) => {
    const { transport, inbox, ask } = trial
    if (!transport.readNow) return skip(none)
    ask(1)
    transport.readNow()
    transport.pause()
    transport.receive(inbox)
    ask(2)
    transport.readNow()
    deepEqual(inbox.messages, [])
    transport.resume()
    transport.readNow()
    deepEqual(inbox.sequences, [1, 2])
    ask(3)
    transport.close()
    transport.readNow()
    deepEqual(inbox.sequences, [1, 2])
  })

  claim('reads now nothing within a delivery: what is asked there comes in its turn', async (skip) => {
    const { transport, inbox, ask, answered } = trial
    if (!transport.readNow) return skip(none)
    let depth = 0
    let deepest = 0
    transport.receive(inbox)
    inbox.onBatch = (batch) => {
      deepest = Math.max(deepest, ++depth)
      batch.release()
      if (inbox.messages.length < 5) {
        ask(inbox.messages.length + 1)
        transport.readNow?.()
      }
      depth--
    }
    ask(1)
    transport.readNow()
    deepEqual(inbox.sequences, [1])
    await answered(5)
    equal(deepest, 1)
  })

  claim('reads now in what a delivery makes due', async (skip) => {
    const { transport, inbox, ask, answered } = trial
    if (!transport.readNow) return skip(none)
    transport.receive(inbox)
    ask(1)
    await answered(1)
    for (let n = 2; n <= 200; n++) {
      ask(n)
      transport.readNow()
      deepEqual(inbox.sequences.at(-1), n)
      await undefined
    }
    deepEqual(inbox.errors, [])
  })

  claim('may be closed, and paused, from within what it reads now', async (skip) => {
    const { transport, inbox, ask, answered } = trial
    if (!transport.readNow) return skip(none)
    transport.receive(inbox)
    inbox.onBatch = (batch) => {
      batch.release()
      transport.pause()
    }
    ask(1)
    transport.readNow()
    ask(2)
    transport.readNow()
    await turns()
    deepEqual(inbox.sequences, [1])
    inbox.onBatch = (batch) => {
      batch.release()
      transport.close()
    }
    transport.resume()
    transport.readNow()
    await answered(2)
    await turns()
    deepEqual(inbox.sequences, [1, 2])
  })

  claim('reports as uncaught what a receiver throws while it reads now, and goes on', async (skip) => {
    const { transport, ask, answered } = trial
    if (!transport.readNow) return skip(none)
    const { mistake, uncaught } = throwingOnce(trial)
    ask(1)
    transport.readNow()
    ask(2)
    transport.readNow()
    await answered(1, 2)
    await turns()
    deepEqual(uncaught, [mistake])
  })
}
