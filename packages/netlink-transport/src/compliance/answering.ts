import { deepEqual, equal, throws } from 'node:assert/strict'
import type { TransportError } from '../errors.ts'
import type { Claim } from './runner.ts'
import { refusal, type Trial, throwingOnce, turns } from './trial.ts'

const none = 'this implementation sends at once only'

/** A receiver may have something sent when it returns. */
export function answeringClaims(claim: Claim, trial: Trial): void {
  const failures: TransportError[] = []
  const failed = (error: TransportError) => void failures.push(error)

  /** What the receiver does at its first batch. */
  const once = (act: () => void) => {
    const { inbox, transport } = trial
    failures.length = 0
    inbox.onBatch = (batch) => {
      inbox.onBatch = (next) => next.release()
      batch.release()
      act()
    }
    transport.receive(inbox)
  }

  claim('sends an answer when the receiver returns, before microtasks and behind what it has sent', async (skip) => {
    const { transport, inbox, numbered, ask, answered } = trial
    if (!transport.answer) return skip(none)
    const seen: number[][] = []
    once(() => {
      equal(transport.answer?.(numbered(3), failed), true)
      ask(2)
      queueMicrotask(() => {
        transport.readNow?.()
        seen.push(inbox.sequences)
      })
    })
    ask(1)
    await answered(1, 2, 3)
    deepEqual(inbox.sequences, [1, 2, 3])
    if (transport.readNow) deepEqual(seen, [[1, 2, 3]])
    deepEqual(failures, [])
  })

  claim('sends one answer a delivery, of sendLimit bytes at most, and none outside', async (skip) => {
    const { transport, inbox, numbered, ask, answered } = trial
    if (!transport.answer) return skip(none)
    const outcomes: unknown[] = []
    once(() => {
      outcomes.push(transport.answer?.(new Uint8Array(transport.sendLimit + 1), failed))
      outcomes.push(transport.answer?.(numbered(2), failed))
      outcomes.push(transport.answer?.(numbered(3), failed))
    })
    equal(transport.answer(numbered(9), failed), false)
    ask(1)
    await answered(1, 2)
    equal(transport.answer(numbered(9), failed), false)
    await turns()
    deepEqual(outcomes, [false, true, false])
    deepEqual(inbox.sequences, [1, 2])
    deepEqual(failures, [])
  })

  claim('tells of an answer that the kernel refuses, before microtasks', async (skip) => {
    const { transport, inbox, ask, answered } = trial
    if (!transport.answer) return skip(none)
    let before = -1
    once(() => {
      transport.answer?.(new Uint8Array(), failed)
      queueMicrotask(() => {
        before = failures.length
      })
      equal(failures.length, 0)
    })
    ask(1)
    await answered(1)
    await turns()
    equal(before, 1)
    refusal('sendto', 'ENODATA')(failures[0])
    ask(2)
    await answered(2)
    deepEqual(inbox.errors, [])
  })

  claim('sends the answer of a receiver that then throws', async (skip) => {
    const { transport, numbered, ask, answered } = trial
    if (!transport.answer) return skip(none)
    const { mistake, uncaught } = throwingOnce(trial)
    const { onBatch } = trial.inbox
    trial.inbox.onBatch = (batch) => {
      transport.answer?.(numbered(2), failed)
      onBatch(batch)
    }
    ask(1)
    await answered(1, 2)
    await turns()
    deepEqual(uncaught, [mistake])
  })

  claim('tells of an answer that a close forestalls, once', async (skip) => {
    const { transport, numbered, ask, answered } = trial
    if (!transport.answer) return skip(none)
    once(() => {
      transport.answer?.(numbered(2), failed)
      transport.close()
      equal(transport.answer?.(numbered(3), failed), false)
      throws(() => transport.send(numbered(4)), refusal('sendto', 'EBADF'))
    })
    ask(1)
    await answered(1)
    await turns()
    equal(failures.length, 1)
    refusal('sendto', 'EBADF')(failures[0])
  })
}
