import { errno } from '@nfkit/netlink-codec'
import { Refusal } from '../../netlink/refusal.ts'

/** Bytes of all registers, and of one by its old numbers, 1 to 4, and by its new ones, from 8 on. */
export const [room, wide, narrow, firstNarrow] = [64, 16, 4, 8]
/** The register that is a verdict. */
export const verdictRegister = 0

/** Where in all registers one starts. Throws `Refusal` for one there is none of. */
export function placeOf(register: number): number {
  const at = register < firstNarrow ? (register - 1) * wide : (register - firstNarrow) * narrow
  if (register > room / wide && register < firstNarrow) throw new Refusal(errno.ERANGE)
  if (at < 0 || at >= room) throw new Refusal(errno.ERANGE)
  return at
}
