import { EncodeError } from '@nfkit/netlink-codec'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { type Transport, TransportError } from '@nfkit/netlink-transport'
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

/** A verdict to be added, or the end of a delivery, whether what is sent then is refused, and whether what is answered leaves at the next one only. */
const step = fc.oneof(
  fc.record({ id: fc.nat(1_000) }),
  fc.record({ refused: fc.boolean(), limit: fc.constantFrom(40, 200, 65_536), late: fc.boolean() }),
)

test('what a transport sends at the end of a delivery, or then refuses, is what would have been sent at once', () => {
  const told = (steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[], answers: boolean) => {
    const messages: number[][] = []
    let refused = false
    const keep = (datagram: Uint8Array) => {
      for (let at = 0; at < datagram.length; at += datagram[at]!)
        messages.push([...datagram.slice(at, at + datagram[at]!)])
    }
    const underWay: (() => void)[] = []
    const transport = {
      sendLimit: 65_536,
      send(datagram: Uint8Array) {
        if (refused) throw new TransportError('sendto', 105)
        keep(datagram)
      },
      answer(datagram: Uint8Array, failed: (error: TransportError) => void) {
        if (!answers || underWay.length > 0) return false
        underWay.push(() => (refused ? failed(new TransportError('sendto', 105)) : keep(datagram)))
        return true
      },
    }
    const outbox = new Outbox(transport as never, 1)
    for (const one of steps) {
      if ('id' in one) {
        outbox.add(template, 3, one.id, 0x0100_0000)
        continue
      }
      refused = one.refused
      transport.sendLimit = one.limit
      if (underWay.length > 0 && !outbox.isEmpty) expect(outbox.answer(() => {})).toBe(false)
      underWay.pop()?.()
      if (outbox.isEmpty) continue
      if (outbox.isAnswer && outbox.answer(() => outbox.restore())) {
        if (one.late) continue
        underWay.pop()?.()
      } else {
        try {
          outbox.flush()
        } catch {}
      }
      expect(outbox.isEmpty).toBe(!refused)
    }
    refused = false
    underWay.pop()?.()
    outbox.flush()
    return messages
  }
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      expect(told(steps, true)).toEqual(told(steps, false))
    }),
  )
})
