import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Segment, Segments } from '../src/lists/segments.ts'

const most = 40
const region = fc
  .tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: most }))
  .map(([a, b]) => ({ from: BigInt(Math.min(a, b)), to: BigInt(Math.max(a, b)) }))
const regions = fc.array(region, { minLength: 1, maxLength: 5 })
const step = fc.oneof(
  fc.record({
    kind: fc.constant('add' as const),
    regions,
    until: fc.constantFrom(5, 10, 20, Number.POSITIVE_INFINITY),
  }),
  fc.record({ kind: fc.constant('remove' as const), regions }),
  fc.record({ kind: fc.constant('wait' as const), milliseconds: fc.integer({ min: 1, max: 6 }) }),
)

test('every address is listed as long as the longest that covers it, and segments never overlap', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let segments = new Segments()
      const model = new Map<number, number>()
      const kernel = new Map<string, Segment>()
      const keyOf = ({ from, to, until }: Segment) => `${from} ${to} ${until}`
      let now = 0
      for (const one of steps) {
        if (one.kind === 'wait') {
          now += one.milliseconds
          continue
        }
        for (const [key, { until }] of kernel) if (until <= now) kernel.delete(key)
        for (const [address, until] of model) if (until <= now) model.delete(address)
        const changed =
          one.kind === 'add' ? segments.add(one.regions, now + one.until, now) : segments.remove(one.regions, now)
        const { removed, added } = changed
        segments = changed.segments
        for (const { from, to } of one.regions)
          for (let address = Number(from); address <= to; address++) {
            if (one.kind === 'remove') model.delete(address)
            else model.set(address, Math.max(model.get(address) ?? 0, now + one.until))
          }
        for (const old of removed) expect(kernel.delete(keyOf(old))).toBe(old.until > now)
        for (const fresh of added) kernel.set(keyOf(fresh), fresh)
        const listed = new Map<number, number>()
        for (const { from: a, to: b, until } of kernel.values())
          for (let address = a; address <= b; address++) {
            expect(listed.has(Number(address))).toBe(false)
            listed.set(Number(address), until)
          }
        expect(new Map([...listed].sort())).toEqual(new Map([...model].sort()))
      }
    }),
    { numRuns: 500 },
  )
})
