import { deepEqual, equal, throws } from 'node:assert/strict'
import { control, decodeAck, errno, putU16, setSequence } from '@nfkit/netlink-codec'
import type { TransportError } from '../errors.ts'
import type { Claim } from './runner.ts'
import { concatenated, range, refusal, type Trial, throwingOnce, turns } from './trial.ts'

/** Sends are copied, answered in order, and refused as a whole. */
export function sendingClaims(claim: Claim, trial: Trial): void {
  claim('answers what is sent, in order, a datagram each', async () => {
    const { transport, inbox, ask, answered } = trial
    transport.receive(inbox)
    for (let n = 1; n <= 50; n++) ask(n)
    await answered(50)
    deepEqual(inbox.sequences, range(1, 50))
    for (const message of inbox.messages) {
      equal(message.type, control.error)
      equal(decodeAck(message).errno, 0)
    }
  })

  claim('answers each of many messages in one send, in order', async () => {
    const { transport, inbox, numbered, answered } = trial
    transport.receive(inbox)
    transport.send(concatenated(range(1, 100).map(numbered)))
    await answered(100)
    deepEqual(inbox.sequences, range(1, 100))
  })

  claim('goes on after a message that is refused', async () => {
    const { transport, inbox, numbered, answered } = trial
    const refused = numbered(2)
    putU16(refused, 4, 0x7f00) // no such subsystem
    transport.receive(inbox)
    transport.send(concatenated([numbered(1), refused, numbered(3)]))
    await answered(3)
    deepEqual(
      inbox.messages.map((message) => decodeAck(message).errno),
      [0, errno.EINVAL, 0],
    )
  })

  claim('copies what is sent before send returns', async () => {
    const { transport, inbox, numbered, answered } = trial
    transport.receive(inbox)
    const datagram = numbered(1)
    transport.send(datagram)
    setSequence(datagram, 99)
    await answered(1)
    deepEqual(inbox.sequences, [1])
  })

  claim('sends from a view into larger memory', async () => {
    const { transport, inbox, numbered, answered } = trial
    transport.receive(inbox)
    const request = numbered(1)
    const memory = new Uint8Array(request.length + 24).fill(0xff)
    memory.set(request, 12)
    transport.send(memory.subarray(12, 12 + request.length))
    await answered(1)
    equal(decodeAck(inbox.messages[0]!).errno, 0)
  })

  claim('takes a datagram of sendLimit bytes and refuses a longer one as a whole', async () => {
    const { transport, inbox, numbered, ask, answered } = trial
    transport.receive(inbox)
    const padded = (n: number, length: number) => concatenated([numbered(n), new Uint8Array(length)]).slice(0, length)
    throws(() => transport.send(padded(1, transport.sendLimit + 1)), refusal('sendto', 'EMSGSIZE'))
    transport.send(padded(2, transport.sendLimit))
    await answered(2)
    ask(3)
    await answered(3)
    deepEqual(inbox.sequences, [2, 3])
  })

  claim('refuses an empty datagram', () => {
    const { transport } = trial
    throws(() => transport.send(new Uint8Array()), refusal('sendto', 'ENODATA'))
  })
}

const noAnswers = 'this implementation sends at once only'

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
    if (!transport.answer) return skip(noAnswers)
    const seen: number[][] = []
    const look = () => {
      transport.readNow?.()
      seen.push(inbox.sequences)
    }
    once(() => {
      queueMicrotask(look)
      process.nextTick(look)
      equal(transport.answer?.(numbered(3), failed), true)
      ask(2)
    })
    ask(1)
    await answered(1, 2, 3)
    deepEqual(inbox.sequences, [1, 2, 3])
    if (transport.readNow) deepEqual(seen, [range(1, 3), range(1, 3)])
    deepEqual(failures, [])
  })

  claim('sends one answer a delivery, of sendLimit bytes at most, and none outside', async (skip) => {
    const { transport, inbox, numbered, ask, answered } = trial
    if (!transport.answer) return skip(noAnswers)
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
    if (!transport.answer) return skip(noAnswers)
    const before: number[] = []
    const look = () => before.push(failures.length)
    once(() => {
      queueMicrotask(look)
      process.nextTick(look)
      transport.answer?.(new Uint8Array(), failed)
      equal(failures.length, 0)
    })
    ask(1)
    await answered(1)
    await turns()
    deepEqual(before, [1, 1])
    refusal('sendto', 'ENODATA')(failures[0])
    ask(2)
    await answered(2)
    deepEqual(inbox.errors, [])
  })

  claim('sends the answer of a receiver that then throws', async (skip) => {
    const { transport, numbered, ask, answered } = trial
    if (!transport.answer) return skip(noAnswers)
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
    if (!transport.answer) return skip(noAnswers)
    once(() => {
      transport.answer?.(numbered(2), failed)
      transport.close()
      equal(failures.length, 0)
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
