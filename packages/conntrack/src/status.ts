import { EncodeError, type StatusName, status } from '@nfkit/netlink-codec'

/** Status bits by name, or as the number they make. */
export type StatusBits = readonly StatusName[] | number

/** Throws `EncodeError` for a name there is not. */
export function statusBits(bits: StatusBits): number {
  if (typeof bits === 'number') return bits
  let all = 0
  for (const name of bits) {
    if (!Object.hasOwn(status, name)) throw new EncodeError('CTA_STATUS', `there is no status "${name}"`)
    all |= status[name]
  }
  return all
}
