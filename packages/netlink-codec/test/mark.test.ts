import type { Masked } from '@nfkit/inet'
import { expect, test } from 'vitest'
import { markAttrs } from '../src/conntrack.ts'
import { EncodeError } from '../src/index.ts'

test('a plain mark is itself; of a masked one only the bits of the mask are sent', () => {
  expect(markAttrs(0xffff_ffff)).toEqual({ mark: 0xffff_ffff })
  expect(markAttrs({ value: 7 })).toEqual({ mark: 7 })
  expect(markAttrs({ value: 0xff12, mask: 0x00ff })).toEqual({ mark: 0x12, markMask: 0xff })
  expect(markAttrs({ value: 0xffff_ffff, mask: 0x8000_0000 })).toEqual({ mark: 0x8000_0000, markMask: 0x8000_0000 })
})

test('what is no mark is refused before any arithmetic', () => {
  for (const wrong of [
    {},
    [],
    null,
    '7',
    Number.NaN,
    -1,
    1.5,
    2 ** 32,
    { mask: 4 },
    { value: 2 ** 32 + 5 },
    { value: Number.NaN, mask: 255 },
    { value: '7', mask: 15 },
    { value: 7, mask: '15' },
    { value: 7, mask: null },
    { value: 7, maks: 15 },
  ])
    expect(() => markAttrs(wrong as Masked), JSON.stringify(wrong)).toThrow(EncodeError)
})
