import { deepEqual, equal, notEqual, ok, throws } from 'node:assert/strict'
import { putU16, putU32 } from '@nfkit/netlink-codec'
import { Inbox } from './inbox.ts'
import type { Claim } from './runner.ts'
import { refusal, type Trial, turns } from './trial.ts'

/** Transports have an identity, siblings and an end. */
export function lifeClaims(claim: Claim, trial: Trial): void {
  claim('has a port id of its own, which answers carry', async () => {
    const { transport, inbox, ask, answered } = trial
    const sibling = transport.sibling()
    trial.finally(() => sibling.close())
    for (const { portId } of [transport, sibling]) ok(isPortId(portId), `${portId} is no port id`)
    notEqual(sibling.portId, transport.portId)
    transport.receive(inbox)
    ask(1)
    await answered(1)
    equal(inbox.messages[0]?.portId, transport.portId)
  })

  claim('delivers nothing after close, which may be called twice, and from within a batch', async () => {
    const { transport, inbox, numbered, ask, answered, factory } = trial
    transport.receive(inbox)
    inbox.onBatch = (batch) => {
      batch.release()
      transport.close()
    }
    ask(1)
    await answered(1)
    await turns()
    transport.close()
    deepEqual(inbox.sequences, [1])
    const sibling = (await factory()).transport
    const other = new Inbox()
    sibling.receive(other)
    sibling.send(numbered(2))
    sibling.close()
    sibling.close()
    await turns()
    deepEqual(other.messages, [])
    deepEqual(other.errors, [])
  })

  claim('siblings live and die apart', async () => {
    const { transport, inbox, numbered, ask, answered } = trial
    const sibling = transport.sibling()
    const cousin = sibling.sibling()
    trial.finally(() => cousin.close())
    sibling.close()
    transport.receive(inbox)
    ask(1)
    await answered(1)
    const other = new Inbox()
    cousin.receive(other)
    cousin.send(numbered(7))
    await other.until(() => other.messages.length > 0)
    deepEqual(other.sequences, [7])
    deepEqual(inbox.sequences, [1])
  })

  claim('has no more siblings and no numbers once it is closed, and takes nothing', () => {
    const { transport } = trial
    transport.close()
    throws(() => transport.sibling(), refusal('socket', 'EBADF'))
    throws(() => transport.counters(), refusal('getsockopt', 'EBADF'))
    throws(() => transport.send(new Uint8Array(16)), refusal('sendto', 'EBADF'))
  })

  claim('a sibling for short datagrams says when a longer one is lost, and gets the others', async () => {
    const { transport, numbered } = trial
    const sibling = transport.sibling({ longest: 256 })
    trial.finally(() => sibling.close())
    const inbox = new Inbox()
    sibling.receive(inbox)
    // A refusal repeats the request.
    for (const request of [numbered(1), refused(numbered(2), 800), refused(numbered(3), 100)]) sibling.send(request)
    await inbox.until(() => inbox.errors.length > 0 && inbox.messages.length > 1)
    deepEqual(inbox.sequences, [1, 3])
    const told = inbox.errors.map(({ code, effect }) => ({ code, effect }))
    deepEqual(told, [{ code: 'EMSGSIZE', effect: 'gap' }])
  })

  claim('drops what other processes send', async (skip) => {
    const { transport, inbox, numbered, ask, answered, subject } = trial
    const { intrude } = subject
    if (!intrude) return skip('this implementation has no other processes')
    transport.receive(inbox)
    await intrude(transport.portId, numbered(66))
    ask(1)
    await answered(1)
    deepEqual(inbox.sequences, [1])
    deepEqual(inbox.errors, [])
  })
}

/** A request of `length` bytes for a subsystem there is none of. */
function refused(request: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes.set(request.subarray(0, length))
  putU32(bytes, 0, length)
  putU16(bytes, 4, 0x7f00)
  return bytes
}

const isPortId = (n: number) => Number.isInteger(n) && n > 0 && n <= 0xffff_ffff
