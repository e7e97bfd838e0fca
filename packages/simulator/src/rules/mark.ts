import { applyMask, type Masked, matchesMask } from '@nfkit/inet'

const masked = (mark: number | Masked): Masked => (typeof mark === 'number' ? { value: mark } : mark)

export const hasMark = (mark: number, wanted: number | Masked): boolean => matchesMask(mark, masked(wanted))

export const marked = (mark: number, change: number | Masked): number => applyMask(mark, masked(change))
