import fc from 'fast-check'
import { expect, test } from 'vitest'
import { copied, isSmall } from '../src/packet/pieces.ts'

/** Bytes of a message somewhere in memory: aligned or not, and behind them others or the memory's end. */
const messages = fc.record({
  offset: fc.nat(5),
  start: fc.nat(40),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 600 }),
  more: fc.nat(5),
})

test('a copy has the bytes of its message, also when others were copied beside it', () => {
  fc.assert(
    fc.property(fc.array(messages, { minLength: 1, maxLength: 20 }), (all) => {
      const copies = all.map(({ offset, start, bytes, more }) => {
        const memory = new Uint8Array(new ArrayBuffer(offset + start + bytes.length + more), offset).fill(0xee)
        memory.set(bytes, start)
        return copied(memory, start, start + bytes.length)!
      })
      const seen = copies.map(({ bytes, start, end }) => bytes.slice(start, end))
      expect(seen).toEqual(all.map(({ bytes }) => bytes))
      const shared = copies.map(({ piece }) => piece !== undefined)
      expect(shared).toEqual(all.map(({ bytes }) => isSmall(bytes.length)))
    }),
  )
})
