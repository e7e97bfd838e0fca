import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MarkBits } from '../src/marks.ts'
import { EpochNumbers } from '../src/policy/epochs.ts'

const verdicts = ['accept', 'drop', 'reject'] as const
const mask = fc
  .uniqueArray(fc.integer({ min: 0, max: 31 }), { minLength: 3, maxLength: 12 })
  .map((bits) => bits.reduce((sum, bit) => sum + 2 ** bit, 0))

test('marks of all verdicts and epochs differ, lie within the mask, and tell both', () => {
  fc.assert(
    fc.property(mask, fc.nat(), (bits, at) => {
      const marks = new MarkBits(bits)
      const epoch = at % marks.epochs
      const values = verdicts.map((verdict) => marks.of(verdict, epoch))
      expect(new Set([0, marks.open, ...values]).size).toBe(5)
      for (const [i, value] of values.entries()) {
        expect((value & ~bits) >>> 0).toBe(0)
        expect(marks.epochOf(value)).toBe(epoch)
        expect((value & marks.verdictMask) >>> 0).toBe(marks.verdict(verdicts[i]!))
      }
      expect(marks.epochOf(marks.open)).toBeUndefined()
      expect(marks.with(0xffff_ffff, 0)).toBe(~bits >>> 0)
    }),
  )
})

test('a mask of two bits is refused', () => {
  expect(() => new MarkBits(0x3)).toThrow('mask: 0x3 has 2 bits, and 3 are needed')
})

/** A kernel of three rules: marks decide by the epoch that is in force, and what is not decided is judged. */
class Model {
  readonly marks: (readonly [verdictOf: number, number: number] | undefined)[] = []
  number: number
  constructor(connections: number, number: number) {
    this.marks.length = connections
    this.number = number
  }
}

const action = fc.oneof(
  fc.record({ kind: fc.constant('packet' as const), connection: fc.nat(5) }),
  fc.record({ kind: fc.constant('reconsider' as const) }),
  fc.record({ kind: fc.constant('answer' as const) }),
  fc.record({ kind: fc.constant('sweep' as const) }),
)

test('no packet passes by a verdict of an older policy, however numbers wrap, and whatever comes late', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 4 }), fc.array(action, { maxLength: 200 }), (count, actions) => {
      const numbers = new EpochNumbers(count)
      const kernel = new Model(6, numbers.current.number)
      const questions: { connection: number; serial: number; number: number }[] = []
      for (const { kind, ...rest } of actions) {
        if (kind === 'packet') {
          const { connection } = rest as { connection: number }
          const mark = kernel.marks[connection]
          // The mark holds under which policy it was made, which the kernel cannot see: it sees the number.
          if (mark !== undefined && mark[1] === kernel.number) expect(mark[0]).toBe(numbers.current.serial)
          else questions.push({ connection, ...numbers.current })
        } else if (kind === 'reconsider') {
          const { next } = numbers
          if (next === undefined) {
            expect(numbers.due).toBeDefined()
            continue
          }
          kernel.number = next.number
          numbers.begin()
        } else if (kind === 'answer') {
          const question = questions.shift()
          // A verdict of an older epoch is the packet's alone: the kernel keeps it only under the number in force.
          if (question && question.serial === numbers.current.serial)
            kernel.marks[question.connection] = [question.serial, question.number]
        } else if (numbers.due !== undefined) {
          const { due } = numbers
          for (const [i, mark] of kernel.marks.entries()) if (mark?.[1] === due) kernel.marks[i] = undefined
          numbers.swept(due)
        }
      }
    }),
    { numRuns: 1_000 },
  )
})
