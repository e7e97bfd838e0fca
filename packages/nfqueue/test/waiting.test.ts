import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Packet } from '../src/packet/packet.ts'
import { Waiting } from '../src/packet/waiting.ts'

const packets = Array.from({ length: 5_000 }, (_, id) => ({ id }) as Packet)

test('is a row, whatever is done to it', () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('push' as const), count: fc.nat(3_000) }),
    fc.record({ what: fc.constantFrom('shift' as const, 'take' as const, 'remove' as const), count: fc.nat(2_000) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const waiting = new Waiting()
      let model: Packet[] = []
      let next = 0
      for (const { what, count } of steps) {
        if (what === 'push') {
          for (let i = 0; i < count; i++) {
            const packet = packets[next++ % packets.length]!
            if (model.includes(packet)) break
            waiting.push(packet)
            model.push(packet)
          }
        } else if (what === 'shift') {
          for (let i = 0; i < count; i++) expect(waiting.shift()).toBe(model.shift())
        } else if (what === 'take') {
          expect(waiting.take(count)).toEqual(model.splice(0, count))
        } else {
          const packet = model[count]
          if (packet) waiting.remove(packet)
          model = model.filter((one) => one !== packet)
        }
        expect(waiting.length).toBe(model.length)
      }
      expect(waiting.take(Number.MAX_SAFE_INTEGER)).toEqual(model)
    }),
    { numRuns: 30 },
  )
})
