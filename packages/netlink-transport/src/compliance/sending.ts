import { deepEqual, equal, throws } from 'node:assert/strict'
import { control, decodeAck, errno, putU16, setSequence } from '@nfkit/netlink-codec'
import type { Claim } from './runner.ts'
import { concatenated, range, refusal, type Trial } from './trial.ts'

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
