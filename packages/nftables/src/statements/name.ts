import { utf8 } from '@nfkit/inet/bytes'
import { EncodeError } from '@nfkit/netlink-codec'

/**
 * Returns a name the kernel takes: 1 to 255 bytes, none of them NUL (NFT_NAME_MAXLEN, include/uapi/linux/netfilter/nf_tables.h). Throws
 * `EncodeError`, which says of what.
 */
export function assertName(of: string, name: unknown): string {
  if (typeof name !== 'string') throw new EncodeError(of, `its name is ${name === undefined ? 'missing' : 'no text'}`)
  const { length } = utf8(name)
  if (length === 0 || length > 255 || name.includes('\0'))
    throw new EncodeError(of, `a name has 1 to 255 bytes, none of them NUL; this one has ${length}`)
  return name
}
