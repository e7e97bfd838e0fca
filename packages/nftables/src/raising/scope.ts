import type { HeaderName } from '../conditions/header.ts'
import type { Match } from '../conditions/match.ts'
import { etherType, ipProtocols, nfProtocol } from '../datatype/symbol.ts'
import type { Family } from '../values/hook.ts'

/** What is known of the packets that get to a place in a rule: which headers they have. */
export interface Scope {
  readonly family: Family
  /** Whether frames have the tag of a virtual LAN. */
  readonly tag: HeaderName | undefined
  readonly network: HeaderName | undefined
  readonly transport: HeaderName | undefined
}

type Layer = 'tag' | 'network' | 'transport'

/** What is known before a rule's first condition. */
export function scopeOf(family: Family): Scope {
  const network = family === 'ip' || family === 'ip6' || family === 'arp' ? family : undefined
  return { family, tag: undefined, network, transport: undefined }
}

const byWord = (headers: { readonly [word: string]: HeaderName }, numbers: { readonly [word: string]: number }) =>
  new Map<unknown, HeaderName>(
    Object.entries(headers).flatMap(([word, header]) => [[word, header] as const, [numbers[word]!, header] as const]),
  )

const networkByProtocol = byWord({ ipv4: 'ip', ipv6: 'ip6' }, nfProtocol)
const networkByType = byWord({ ip: 'ip', ip6: 'ip6', arp: 'arp' }, etherType)
const tagByType = byWord({ '8021q': 'vlan', '8021ad': 'vlan' }, etherType)
const transportByProtocol = byWord(
  {
    tcp: 'tcp',
    udp: 'udp',
    udplite: 'udplite',
    sctp: 'sctp',
    dccp: 'dccp',
    icmp: 'icmp',
    'ipv6-icmp': 'icmpv6',
    icmpv6: 'icmpv6',
  },
  ipProtocols,
)

/** The selectors that say which header follows, what they say it of, and the headers by the words of the selector. */
const guards: {
  readonly [selector: string]: readonly (readonly [Layer, ReadonlyMap<unknown, HeaderName>])[]
} = {
  'meta nfproto': [['network', networkByProtocol]],
  'meta protocol': [['network', networkByType]],
  'ether type': [
    ['network', networkByType],
    ['tag', tagByType],
  ],
  'vlan type': [['network', networkByType]],
  'meta l4proto': [['transport', transportByProtocol]],
  'ip protocol': [['transport', transportByProtocol]],
  'ip6 nexthdr': [['transport', transportByProtocol]],
}

/** What a condition tells of the headers of the packets that meet it: a layer, and the header there. `undefined`: nothing. */
export function guardOf({ left, op, mask, right }: Match): readonly [Layer, HeaderName] | undefined {
  if (left.length > 1 || op !== '==' || mask !== undefined || !('value' in right)) return undefined
  for (const [layer, headers] of guards[left[0]!] ?? []) {
    const header = headers.get(right.value)
    if (header) return [layer, header]
  }
  return undefined
}

/**
 * What is known behind a condition. What is known stays known, as when a rule is written; in tables of both families, nft asks for it behind
 * `meta protocol`, too.
 */
export function after(scope: Scope, match: Match): Scope {
  const [layer, header] = guardOf(match) ?? []
  if (layer === undefined || (scope.family === 'inet' && match.left[0] === 'meta protocol')) return scope
  return scope[layer] === undefined ? { ...scope, [layer]: header } : scope
}
