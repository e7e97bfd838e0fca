import { kindOf } from '../../datatype/bytes.ts'
import type { Interval } from '../../datatype/value.ts'
import { isLookup, type ValueLookup } from '../../statements/map/value.ts'
import {
  dnat,
  masquerade,
  redirect,
  snat,
  type Translation,
  type TranslationFlag,
  translationFlags,
} from '../../statements/translation.ts'
import type { Item } from '../reader/item.ts'
import { interval } from '../value/value.ts'
import type { Scope } from './condition.ts'
import { mapIn } from './map.ts'

const flags = Object.keys(translationFlags) as TranslationFlag[]
const makers = { snat, dnat, masquerade, redirect } as const

/** What `{ "dnat": … }` and its like say: null where it says nothing. */
export function translationIn(kind: Translation['kind'], item: Item, known: Scope): Translation {
  if (item.isNull && (kind === 'masquerade' || kind === 'redirect')) return makers[kind]()
  const isAddressed = kind === 'snat' || kind === 'dnat'
  const { addr, port, ...more } = item.fields([], isAddressed ? ['addr', 'port', 'flags', 'family'] : ['port', 'flags'])
  const { family } = more as { readonly family?: Item }
  const of = family?.word(['ip', 'ip6'])
  const type = of === 'ip6' ? 'ipv6_addr' : 'ipv4_addr'
  const address = addr && valueOrMap(addr, type, known)
  const options = {
    ...(address === undefined ? {} : { address }),
    ...(isLookup(address) ? { family: of } : {}),
    ...(port === undefined ? {} : { port: valueOrMap(port, 'inet_service', known) }),
    ...(more.flags === undefined ? {} : { flags: more.flags.several().map((flag) => flag.word(flags)) }),
  }
  return item.making(() => makers[kind](options as never))
}

/** nft also has what a number generator gives, for which there are no values. */
function valueOrMap(
  item: Item,
  type: 'ipv4_addr' | 'ipv6_addr' | 'inet_service',
  known: Scope,
): Interval | ValueLookup {
  if (item.is('map')) return mapIn(item.only()[1], kindOf(type), known)
  if (item.isObject && !item.is('range') && !item.is('prefix'))
    return item.fail('this library translates to addresses and ports that the rule names, or to ranges of them')
  return interval(item, kindOf(type === 'ipv6_addr' ? 'ipv4_addr' : type), known)
}
