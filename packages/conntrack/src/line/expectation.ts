import { ipProtocol } from '@nfkit/inet'
import { printable } from '@nfkit/netlink-codec'
import { expectFlags, type FlowTuple } from '@nfkit/netlink-codec/conntrack'
import type { Expectation } from '../objects/expectation.ts'

/**
 * The line `conntrack -L expect` prints for an expectation. Control characters in the name of its helper are escaped.
 *
 * @example
 * import { formatExpectation, openConntrack } from '@nfkit/conntrack'
 * import { openMnl } from '@nfkit/mnl-native'
 *
 * await using ct = await openConntrack(openMnl())
 * for await (const expectation of ct.expectations.dump()) console.error(formatExpectation(expectation))
 */
export function formatExpectation(expectation: Expectation): string {
  const { timeoutSeconds = 0, tuple, mask, master, zone, flags = 0, class: number, helper } = expectation
  const names = Object.entries(expectFlags).filter(([, bit]) => (flags & bit) !== 0)
  return [
    `${timeoutSeconds} proto=${tuple.protocol ?? 0}`,
    ...ends(tuple, ''),
    ...ends(mask, 'mask-'),
    ...ends(master, 'master-'),
    ...(zone ? [`zone=${zone}`] : []),
    ...(names.length > 0 ? [names.map(([name]) => name.toUpperCase()).join(',')] : []),
    ...(number === undefined ? [] : [`class=${number}`]),
    ...(helper ? [`helper=${printable(helper)}`] : []),
  ].join(' ')
}

/** Addresses with a word in front, and what stands for ports. */
function ends({ source, destination, icmp, protocol }: FlowTuple, prefix: string): string[] {
  const addresses = [`${prefix}src=${source.address ?? '?'}`, `${prefix}dst=${destination.address ?? '?'}`]
  if (icmp) return [...addresses, `type=${icmp.type ?? 0} code=${icmp.code ?? 0} id=${icmp.id ?? 0}`]
  if (source.port === undefined && destination.port === undefined) return addresses
  const [from, to] = [source.port ?? 0, destination.port ?? 0]
  const isGre = protocol === ipProtocol.gre
  return [
    ...addresses,
    isGre ? `srckey=0x${from.toString(16)} dstkey=0x${to.toString(16)}` : `sport=${from} dport=${to}`,
  ]
}
