import { family as numbers } from '@nfkit/netlink-codec/nfnetlink'
import type { Family } from '../values/hook.ts'

const families: ReadonlyMap<number, Family> = new Map([
  [numbers.inet, 'inet'],
  [numbers.ipv4, 'ip'],
  [numbers.ipv6, 'ip6'],
  [numbers.arp, 'arp'],
  [numbers.bridge, 'bridge'],
  [numbers.netdev, 'netdev'],
])

/** The family the kernel has this number for; `undefined` for one that has no tables. */
export const familyOf = (number: number): Family | undefined => families.get(number)

/** The kernel's number of a family. */
export const familyNumber = (family: Family): number => [...families].find(([, word]) => word === family)![0]
