import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyMask, matchesMask } from '../src/index.ts'

const any32 = fc.integer({ min: 0, max: 0xffff_ffff })

test('what was applied matches, and the other bits stay', () => {
  fc.assert(
    fc.property(any32, any32, any32, (number, value, mask) => {
      const changed = applyMask(number, { value, mask })
      expect(matchesMask(changed, { value, mask })).toBe(true)
      expect(changed).toBe(Number((BigInt(number) & ~BigInt(mask)) | (BigInt(value) & BigInt(mask))))
    }),
  )
})

test('without a mask all bits count', () => {
  expect(applyMask(0xdead_beef, { value: 5 })).toBe(5)
  expect(matchesMask(0xffff_ffff, { value: 0xffff_ffff })).toBe(true)
  expect(matchesMask(0x8000_0005, { value: 5 })).toBe(false)
})
