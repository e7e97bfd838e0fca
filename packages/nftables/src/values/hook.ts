import { EncodeError } from '@nfkit/netlink-codec'
import { family as numbers } from '@nfkit/netlink-codec/nfnetlink'
import { check, nearest } from '@nfkit/netlink-transport'

/** The packets a table is about: `inet` is IPv4 and IPv6. */
export type Family = 'inet' | 'ip' | 'ip6' | 'arp' | 'bridge' | 'netdev'

const familyNumbers: { readonly [family in Family]: number } = {
  inet: numbers.inet,
  ip: numbers.ipv4,
  ip6: numbers.ipv6,
  arp: numbers.arp,
  bridge: numbers.bridge,
  netdev: numbers.netdev,
}

/** The kernel's number of a family. */
export const familyNumber = (family: Family): number => familyNumbers[family]

/** The family the kernel has this number for; `undefined` for one that has no tables. */
export const familyName = (number: number): Family | undefined =>
  (Object.keys(familyNumbers) as Family[]).find((family) => familyNumbers[family] === number)

/** Where the kernel gives packets to base chains. */
export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress' | 'egress'

/** What a base chain may do: judge packets, translate addresses, or route again what it has marked. */
export type ChainType = 'filter' | 'nat' | 'route'

/** Places in the order of a hook's base chains, by nft's words. The lower ones come first. */
export type PriorityName = 'raw' | 'mangle' | 'dstnat' | 'filter' | 'security' | 'srcnat' | 'out'

const ip: readonly Hook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting']

/** The hooks of each family. */
const hooks: { readonly [family in Family]: readonly Hook[] } = {
  inet: [...ip, 'ingress'],
  ip,
  ip6: ip,
  bridge: ip,
  arp: ['input', 'output', 'forward'],
  netdev: ['ingress', 'egress'],
}

/** The kernel's numbers of hooks: their places in the list of the family (enum nf_inet_hooks, nf_dev_hooks; NF_ARP_IN). */
export const hookNumber = (family: Family, hook: Hook): number => hooks[family].indexOf(hook)

/** The hook with that number; `undefined` when the family has none. */
export const hookName = (family: Family, number: number): Hook | undefined => hooks[family][number]

const ipPriorities = { raw: -300, mangle: -150, dstnat: -100, filter: 0, security: 50, srcnat: 100 }
const bridgePriorities = { dstnat: -300, filter: -200, out: 100, srcnat: 300 }

/** The numbers of priorities by their names (NF_IP_PRI_*, NF_BR_PRI_*). */
export const prioritiesOf = (family: Family): { readonly [name in PriorityName]?: number } =>
  family === 'bridge' ? bridgePriorities : family === 'netdev' || family === 'arp' ? { filter: 0 } : ipPriorities

/** Returns the number of a priority. Throws `RangeError` for one the family does not have. */
export function priorityOf(family: Family, priority: number | PriorityName): number {
  if (typeof priority === 'number') return check.whole('priority', priority, -0x8000_0000, 0x7fff_ffff)
  const priorities: { readonly [name: string]: number } = prioritiesOf(family)
  if (Object.hasOwn(priorities, priority)) return priorities[priority]!
  throw new RangeError(
    `priority: tables of the family ${family} have no "${String(priority)}"; there are ${Object.keys(priorities).join(', ')}, and numbers`,
  )
}

/** Returns a hook of the family. Throws `EncodeError` for another. */
export function assertHook(family: Family, hook: Hook): Hook {
  if (hooks[family].includes(hook)) return hook
  const near = nearest(String(hook), hooks[family])
  throw new EncodeError(
    'hook',
    `tables of the family ${family} have no "${String(hook)}"${near ? `: did you mean "${near}"?` : `; there are ${hooks[family].join(', ')}`}`,
  )
}
