import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { HookFamily } from '../../hooks/family.ts'

/** Families of tables, as hooks name them. */
export const familyNames: { readonly [family: number]: HookFamily } = {
  [family.inet]: 'inet',
  [family.ipv4]: 'ip',
  [family.arp]: 'arp',
  [family.netdev]: 'netdev',
  [family.bridge]: 'bridge',
  [family.ipv6]: 'ip6',
}
