import { encodeAttrs } from '@nfkit/netlink-codec'
import { nfqa } from '@nfkit/netlink-codec/nfqueue'
import type { VerdictChanges } from '../packet/changes.ts'
import { networkWord } from './word.ts'

/** The mark as an attribute, in words: its header, and its value in network order. */
const template = new Uint32Array(encodeAttrs(nfqa, { mark: 0 }).buffer)

/** How many words that are. */
export const markWords = template.length

/** The mark, where it is all that is changed, and can be sent: most changes are no other, and need no encoder. */
export function markAlone(changes: VerdictChanges): number | undefined {
  const { mark } = changes
  if (mark === undefined || !Number.isInteger(mark) || mark < 0 || mark > 0xffff_ffff) return undefined
  for (const key in changes) if (key !== 'mark') return undefined
  return mark
}

/** Write the attribute. */
export function putMark(words: Uint32Array, at: number, mark: number): void {
  words[at] = template[0]!
  words[at + 1] = networkWord(mark)
}
