import { putU16, putU32 } from '@nfkit/netlink-codec'
import { expect, onTestFinished, test } from 'vitest'
import { Inbox } from './inbox.ts'
import { type Trial, turns } from './trial.ts'

/** Transports have an identity, siblings and an end. */
export function lifeClaims(trial: Trial): void {
  test('has a port id of its own, which answers carry', async () => {
    const { transport, inbox, ask, answered } = trial
    const sibling = transport.sibling()
    onTestFinished(() => sibling.close())
    for (const { portId } of [transport, sibling]) expect(portId).toSatisfy(isPortId)
    expect(sibling.portId).not.toBe(transport.portId)
    transport.receive(inbox)
    ask(1)
    await answered(1)
    expect(inbox.messages[0]?.portId).toBe(transport.portId)
  })

  test('delivers nothing after close, which may be called twice, and from within a batch', async () => {
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
    expect(inbox.sequences).toEqual([1])
    const sibling = (await factory()).transport
    const other = new Inbox()
    sibling.receive(other)
    sibling.send(numbered(2))
    sibling.close()
    sibling.close()
    await turns()
    expect(other.messages).toEqual([])
    expect(other.errors).toEqual([])
  })

  test('siblings live and die apart', async () => {
    const { transport, inbox, numbered, ask, answered } = trial
    const sibling = transport.sibling()
    const cousin = sibling.sibling()
    onTestFinished(() => cousin.close())
    sibling.close()
    transport.receive(inbox)
    ask(1)
    await answered(1)
    const other = new Inbox()
    cousin.receive(other)
    cousin.send(numbered(7))
    await other.until(() => other.messages.length > 0)
    expect(other.sequences).toEqual([7])
    expect(inbox.sequences).toEqual([1])
  })

  test('has no more siblings and no numbers once it is closed, and takes nothing', () => {
    const { transport } = trial
    transport.close()
    const refused = (syscall: string) => expect.objectContaining({ syscall, code: 'EBADF' })
    expect(() => transport.sibling()).toThrow(refused('socket'))
    expect(() => transport.counters()).toThrow(refused('getsockopt'))
    expect(() => transport.send(new Uint8Array(16))).toThrow(refused('sendto'))
  })

  test('a sibling for short datagrams says when a longer one is lost, and gets the others', async () => {
    const { transport, numbered } = trial
    const sibling = transport.sibling({ longest: 256 })
    onTestFinished(() => sibling.close())
    const inbox = new Inbox()
    sibling.receive(inbox)
    // A refusal repeats the request.
    for (const request of [numbered(1), refused(numbered(2), 800), refused(numbered(3), 100)]) sibling.send(request)
    await inbox.until(() => inbox.errors.length > 0 && inbox.messages.length > 1)
    expect(inbox.sequences).toEqual([1, 3])
    expect(inbox.errors).toEqual([expect.objectContaining({ code: 'EMSGSIZE', effect: 'gap' })])
  })

  test('drops what other processes send', async ({ skip }) => {
    const { transport, inbox, numbered, ask, answered, subject } = trial
    const { intrude } = subject
    if (!intrude) return skip('this implementation has no other processes')
    transport.receive(inbox)
    await intrude(transport.portId, numbered(66))
    ask(1)
    await answered(1)
    expect(inbox.sequences).toEqual([1])
    expect(inbox.errors).toEqual([])
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
