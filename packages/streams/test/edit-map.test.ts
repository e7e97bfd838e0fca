import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkEdit } from '../src/rewrite/edit.ts'
import { EditMap } from '../src/rewrite/edit-map.ts'

const streamLength = 60

/** EditMap that do not overlap, front to back. */
const editList = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 12 }),
      removed: fc.integer({ min: 1, max: 5 }),
      inserted: fc.uint8Array({ maxLength: 7 }),
    }),
    { maxLength: 8 },
  )
  .map((list) => {
    let at = 0
    return list.flatMap(({ gap, removed, inserted }) => {
      const edit = { at: at + gap, removed, inserted }
      at = edit.at + removed
      return at <= streamLength ? [edit] : []
    })
  })

const stream = Uint8Array.from({ length: streamLength }, (_, i) => i)

function edited(list: readonly { at: number; removed: number; inserted: Uint8Array }[]) {
  const edits = new EditMap()
  for (const edit of list) edits.add(edit)
  const output: number[] = []
  let next = 0
  for (const { at, removed, inserted } of list) {
    output.push(...stream.subarray(next, at), ...inserted)
    next = at + removed
  }
  output.push(...stream.subarray(next))
  return { edits, output }
}

test('every cut of the source gives the same output, each piece at its place', () => {
  fc.assert(
    fc.property(editList, fc.nat(streamLength), fc.nat(streamLength), (list, a, b) => {
      const { edits, output } = edited(list)
      const [from, to] = a < b ? [a, b] : [b, a]
      const start = edits.moved(from)
      const piece = edits.apply(from, stream.subarray(from, to))
      expect(start + piece.length).toBe(edits.moved(to))
      expect([...piece]).toEqual(output.slice(start, start + piece.length))
    }),
    { numRuns: 5_000 },
  )
})

test('an acknowledgment is that of the farthest place before which everything was delivered', () => {
  fc.assert(
    fc.property(editList, (list) => {
      const { edits, output } = edited(list)
      for (let y = 0; y <= output.length; y++) {
        let farthest = 0
        for (let x = 0; x <= streamLength; x++) if (edits.moved(x) <= y && !isWithin(list, x)) farthest = x
        expect(edits.original(y), `of ${y}`).toBe(farthest)
      }
    }),
    { numRuns: 1_000 },
  )
})

const isWithin = (list: readonly { at: number; removed: number }[], x: number) =>
  list.some(({ at, removed }) => at < x && x < at + removed)

test('a selective acknowledgment never covers more than was delivered', () => {
  fc.assert(
    fc.property(editList, fc.nat(80), fc.nat(80), (list, a, b) => {
      const { edits, output } = edited(list)
      const [left, right] = [Math.min(a, b, output.length), Math.min(Math.max(a, b), output.length)]
      const [from, to] = [edits.originalFrom(left), edits.original(right)]
      for (let x = from; x < to; x++) {
        const piece = edits.apply(x, stream.subarray(x, x + 1))
        const place = edits.moved(x)
        expect(
          piece.length === 0 || (place >= left && place + piece.length <= right),
          `${x} of ${left}..${right}`,
        ).toBe(true)
      }
    }),
    { numRuns: 3_000 },
  )
})

test('edits that were acknowledged are forgotten, and places behind them stay', () => {
  fc.assert(
    fc.property(editList, fc.nat(streamLength), (list, acknowledged) => {
      const { edits } = edited(list)
      const before = edited(list).edits
      edits.settle(acknowledged)
      for (let x = acknowledged; x <= streamLength; x++) {
        if (isWithin(list, acknowledged) && x === acknowledged) continue
        expect(edits.moved(x)).toBe(before.moved(x))
        expect(edits.original(before.moved(x))).toBe(before.original(before.moved(x)))
      }
    }),
  )
})

test('an edit that cannot be is refused with what can', () => {
  const inserted = new Uint8Array(1)
  expect(checkEdit({ at: 5, removed: 1, inserted }, 5).at).toBe(5)
  expect(() => checkEdit({ at: 4, removed: 1, inserted }, 5)).toThrow(
    'at: byte 4 cannot be changed any more, only those from 5 on',
  )
  expect(() => checkEdit({ at: 5, removed: 0, inserted }, 5)).toThrow('replace the byte an insertion stands before')
  expect(() => checkEdit({ at: 5, removed: 1, inserted: new Uint8Array(20_000) }, 5)).toThrow(
    '20000 bytes are more than 16384',
  )
  expect(() => checkEdit({ at: 5, removed: 1, inserted: 'x' as never }, 5)).toThrow('expected a Uint8Array')
})
