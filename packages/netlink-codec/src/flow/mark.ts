import type { Masked } from '@nfkit/inet'
import type { Conntrack } from '../conntrack/table.ts'
import { whole } from '../schema/encode.ts'
import { EncodeError } from '../wire/errors.ts'

/**
 * The attributes that set a connmark, or the bits of it that a mask selects; bits of the value outside the mask are left out, for the
 * kernel computes `(old & ~mask) ^ value`. Throws `EncodeError`.
 */
export function markAttrs(mark: number | Masked): Pick<Conntrack, 'mark' | 'markMask'> {
  if (typeof mark !== 'object') return { mark: word(mark, 'CTA_MARK') }
  if (mark === null || Array.isArray(mark)) throw new EncodeError('CTA_MARK', 'expected a number or { value, mask }')
  for (const key in mark)
    if (key !== 'value' && key !== 'mask')
      throw new EncodeError('CTA_MARK', `"${key}" is no part of a mark, which has a value and a mask`)
  const value = word(mark.value, 'CTA_MARK')
  if (mark.mask === undefined) return { mark: value }
  const mask = word(mark.mask, 'CTA_MARK_MASK')
  return { mark: (value & mask) >>> 0, markMask: mask }
}

const word = (value: number, where: string): number => whole(value, 0xffff_ffff, where)
