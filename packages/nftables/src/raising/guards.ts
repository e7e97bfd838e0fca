import { EncodeError } from '@nfkit/netlink-codec'
import type { HeaderName } from '../conditions/header.ts'
import type { Match } from '../conditions/match.ts'
import { selectorOf } from '../conditions/selector.ts'
import { type Guard, Protocols } from '../lower/protocol.ts'
import { isLookup } from '../statements/map/value.ts'
import type { Clause } from '../statements/statement.ts'
import type { Family } from '../values/hook.ts'

/**
 * The same clauses without the conditions that those behind them imply: `tcp dport` says that the packet is of TCP. Only what stands right
 * before is left out, where it would come back when the rule is written.
 */
export function withoutGuards(clauses: readonly Clause[], family: Family): readonly Clause[] {
  const protocols = new Protocols(family)
  return clauses.filter((clause, i) => {
    const implied = clause.kind === 'match' && impliedBy(protocols, clause, clauses.slice(i + 1))
    if (clause.kind === 'match' && !implied) protocols.learn(clause)
    for (const header of headersOf(clause)) for (const guard of needed(protocols, header)) protocols.settle(guard)
    return !implied
  })
}

function impliedBy(protocols: Protocols, guard: Match, behind: readonly Clause[]): boolean {
  const end = behind.findIndex((clause) => clause.kind !== 'match' || !isGuard(clause))
  // A guard looks into a header, too: `ether type` says what `iiftype` says.
  return behind.slice(0, end < 0 ? behind.length : end + 1).some((next, at) => {
    const needs = allNeeded(protocols, headersOf(next))
    // What is not needed would come to stand in front of what is.
    return [guard, ...(behind.slice(0, at) as readonly Match[])].every((one) => needs.some((need) => is(one, need)))
  })
}

const guarding = ['meta nfproto', 'meta protocol', 'meta l4proto', 'iiftype', 'ether type', 'vlan type']

const isGuard = ({ left: [name], op, mask, right }: Match): boolean =>
  guarding.includes(name!) && op === '==' && mask === undefined && 'value' in right

const is = (match: Match, { selector, protocol }: Guard): boolean =>
  isGuard(match) && match.left[0] === selector && 'value' in match.right && match.right.value === protocol

/** What headers need that are read one behind the other: what stands for one stands for the next. */
function allNeeded(protocols: Protocols, all: readonly HeaderName[]): readonly Guard[] {
  const then = protocols.copy()
  return all.flatMap((header) => {
    const guards = needed(then, header)
    for (const guard of guards) then.settle(guard)
    return guards
  })
}

function needed(protocols: Protocols, header: HeaderName): readonly Guard[] {
  try {
    return protocols.guardsOf(header)
  } catch (error) {
    // A rule about packets there are not: it stays as it is.
    if (error instanceof EncodeError) return []
    throw error
  }
}

/** The headers a clause looks into. */
function headersOf(clause: Clause): readonly HeaderName[] {
  switch (clause.kind) {
    case 'match':
    case 'vmap':
    case 'objects':
      return headersIn(clause.left)
    case 'dynamic':
      return headersIn(clause.key)
    case 'assign':
      return 'from' in clause.value
        ? headersIn([clause.value.from])
        : 'lookup' in clause.value
          ? headersIn(clause.value.lookup.left)
          : []
    case 'snat':
    case 'dnat':
      return isLookup(clause.address) ? headersIn(clause.address.left) : []
    case 'reject':
      return clause.with === 'tcp reset'
        ? ['tcp']
        : clause.with.startsWith('icmp ')
          ? ['ip']
          : clause.with.startsWith('icmpv6 ')
            ? ['ip6']
            : []
    default:
      return []
  }
}

const headersIn = (names: readonly string[]): readonly HeaderName[] =>
  names.flatMap((name) => {
    const { load } = selectorOf(name)
    return load.from === 'payload' ? [load.header] : []
  })
