import { control, decodeAck, errno, putU16, setSequence } from '@nfkit/netlink-codec'
import { expect, test } from 'vitest'
import { concatenated, range, refusal, type Trial } from './trial.ts'

/** Sends are copied, answered in order, and refused as a whole. */
export function sendingClaims(trial: Trial): void {
  test('answers what is sent, in order, a datagram each', async () => {
    const { transport, inbox, ask, answered } = trial
    transport.receive(inbox)
    for (let n = 1; n <= 50; n++) ask(n)
    await answered(50)
    expect(inbox.sequences).toEqual(range(1, 50))
    for (const message of inbox.messages) {
      expect(message.type).toBe(control.error)
      expect(decodeAck(message).errno).toBe(0)
    }
  })

  test('answers each of many messages in one send, in order', async () => {
    const { transport, inbox, numbered, answered } = trial
    transport.receive(inbox)
    transport.send(concatenated(range(1, 100).map(numbered)))
    await answered(100)
    expect(inbox.sequences).toEqual(range(1, 100))
  })

  test('goes on after a message that is refused', async () => {
    const { transport, inbox, numbered, answered } = trial
    const refused = numbered(2)
    putU16(refused, 4, 0x7f00) // no such subsystem
    transport.receive(inbox)
    transport.send(concatenated([numbered(1), refused, numbered(3)]))
    await answered(3)
    expect(inbox.messages.map((message) => decodeAck(message).errno)).toEqual([0, errno.EINVAL, 0])
  })

  test('copies what is sent before send returns', async () => {
    const { transport, inbox, numbered, answered } = trial
    transport.receive(inbox)
    const datagram = numbered(1)
    transport.send(datagram)
    setSequence(datagram, 99)
    await answered(1)
    expect(inbox.sequences).toEqual([1])
  })

  test('sends from a view into larger memory', async () => {
    const { transport, inbox, numbered, answered } = trial
    transport.receive(inbox)
    const request = numbered(1)
    const memory = new Uint8Array(request.length + 24).fill(0xff)
    memory.set(request, 12)
    transport.send(memory.subarray(12, 12 + request.length))
    await answered(1)
    expect(decodeAck(inbox.messages[0]!).errno).toBe(0)
  })

  test('takes a datagram of sendLimit bytes and refuses a longer one as a whole', async () => {
    const { transport, inbox, numbered, ask, answered } = trial
    transport.receive(inbox)
    const padded = (n: number, length: number) => concatenated([numbered(n), new Uint8Array(length)]).slice(0, length)
    expect(() => transport.send(padded(1, transport.sendLimit + 1))).toThrow(refusal('sendto', 'EMSGSIZE'))
    transport.send(padded(2, transport.sendLimit))
    await answered(2)
    ask(3)
    await answered(3)
    expect(inbox.sequences).toEqual([2, 3])
  })

  test('refuses an empty datagram', () => {
    const { transport } = trial
    expect(() => transport.send(new Uint8Array())).toThrow(refusal('sendto', 'ENODATA'))
  })
}
