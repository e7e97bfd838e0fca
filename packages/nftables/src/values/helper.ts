import { utf8 } from '@nfkit/inet/bytes'
import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'
import type { Family } from './hook.ts'

/** Reads what a protocol says of other connections to come, as that of FTP. Rules give it to connections. */
export interface CtHelper {
  /** Tells it from other objects. */
  readonly kind: 'ctHelper'
  /** The name the kernel has for it: `ftp`, `sip`, `netbios-ns`. */
  readonly helper: string
  /** The protocol of the connections it reads. */
  readonly protocol: 'tcp' | 'udp'
  /** Their family. */
  readonly family: 'ip' | 'ip6' | 'inet'
}

/** Options of a helper. */
export interface CtHelperOptions {
  /** The name the kernel has for it: `ftp`, `sip`, `netbios-ns`. */
  readonly helper: string
  /** The protocol of the connections it reads. */
  readonly protocol: 'tcp' | 'udp'
  /** Their family; that of the table by default. */
  readonly family?: 'ip' | 'ip6' | 'inet' | undefined
}

/** Numbers of the protocols that helpers read (IPPROTO_*). */
export const helperProtocols = { tcp: 6, udp: 17 } as const

/** Returns a helper for tables of a family. Throws `EncodeError`, `RangeError` and `TypeError` for what cannot be. */
export function ctHelper(of: Family, options: CtHelperOptions): CtHelper {
  const {
    helper,
    protocol,
    family = of,
  } = check.options('ctHelper', options, {
    helper: true,
    protocol: true,
    family: true,
  })
  const length = typeof helper === 'string' && !helper.includes('\0') ? utf8(helper).length : 0
  if (length < 1 || length > 15) throw new EncodeError('ctHelper', 'the name of a helper is text of 1 to 15 bytes')
  return Object.freeze({
    kind: 'ctHelper',
    helper,
    protocol: check.word('protocol', protocol, helperProtocols),
    family: check.word('family', family, { ip: true, ip6: true, inet: true }) as CtHelper['family'],
  })
}
