import { EncodeError } from '@nfkit/netlink-codec'
import { type FamilyName, familyNumber } from '../naming/tuple.ts'
import { type Condition, here } from './condition.ts'
import type { FlowFilter } from './filter.ts'
import { parseNetwork } from './network.ts'

/** Where an event has its family: struct nfgenmsg follows struct nlmsghdr. */
const familyAt = 16

export function familyIs(name: FamilyName): Condition {
  const family = familyNumber(name)
  const tests = [{ path: [], at: familyAt, size: 1, mask: 0xff, value: family } as const]
  return {
    ...here(`family = ${name}`, true, (flow) => flow.family === family),
    push: { kind: 'family', family },
    tests,
  }
}

/** Addresses say which family is meant, even where the kernel cannot be told them. Throws when they contradict each other. */
export function families(filter: FlowFilter): Condition[] {
  let family = filter.family
  for (const text of addressesOf(filter)) {
    const { address, negated } = parseNetwork(text)
    if (negated) continue
    const name = address.length === 4 ? 'ipv4' : 'ipv6'
    if (family !== undefined && family !== name)
      throw new EncodeError('CTA_TUPLE_IP', `${text} is not of family ${family}: nothing matches`)
    family = name
  }
  return filter.family === undefined && family !== undefined ? [familyIs(family)] : []
}

function addressesOf({ source, destination, original, reply, host, nat }: FlowFilter): string[] {
  const translated = typeof nat === 'object' ? [nat.source, nat.destination] : [nat]
  const all = [
    source,
    destination,
    original?.source,
    original?.destination,
    reply?.source,
    reply?.destination,
    host,
    ...translated,
  ]
  return all.filter((text) => text !== undefined && typeof text !== 'boolean')
}
