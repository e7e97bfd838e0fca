import { EncodeError } from '@nfkit/netlink-codec'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import type { Transport } from '@nfkit/netlink-transport'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { VerdictChanges } from '../src/packet/changes.ts'
import { Outbox, verdictTemplate } from '../src/socket/outbox.ts'

const template = verdictTemplate(3, nfqueueMessage.verdict.type)

/** What leaves for these changes, each of a packet with the same id, message by message and without sequence numbers. */
function sent(...all: VerdictChanges[]): Uint8Array[] {
  const messages: Uint8Array[] = []
  const send = (datagram: Uint8Array) => {
    for (let at = 0; at < datagram.length; at += datagram[at]!) {
      const message = datagram.slice(at, at + datagram[at]!)
      messages.push(message.fill(0, 8, 12))
    }
  }
  const outbox = new Outbox({ send, sendLimit: 65_536 } as Transport, 1)
  for (const changes of all) outbox.addChanged(template, 3, 7, 0x0400_0000, changes)
  outbox.flush()
  return messages
}

test('a mark alone is sent as any encoder writes it, among others', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (mark) => {
      const [alone, encoded, again, more] = sent(
        { mark },
        { mark, priority: undefined },
        { mark },
        { mark, priority: 1 },
      )
      expect(alone).toEqual(encoded)
      expect(again).toEqual(encoded)
      expect(more).toHaveLength(encoded!.length + 8)
    }),
  )
})

test.each([-1, 2 ** 32, 1.5, Number.NaN, '5'])('no mark: %s is refused, and nothing added', (mark) => {
  const outbox = new Outbox({ send: () => {}, sendLimit: 65_536 } as never, 1)
  expect(() => outbox.addChanged(template, 3, 7, 0, { mark } as never)).toThrow(EncodeError)
  expect(outbox.isEmpty).toBe(true)
})

test('a change there is none of is refused beside a mark, too', () => {
  const outbox = new Outbox({ send: () => {}, sendLimit: 65_536 } as never, 1)
  expect(() => outbox.addChanged(template, 3, 7, 0, { mark: 5, marc: 6 } as never)).toThrow(TypeError)
  expect(outbox.isEmpty).toBe(true)
})
