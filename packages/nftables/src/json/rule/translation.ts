import { kindOf } from '../../datatype/bytes.ts'
import type { Interval } from '../../datatype/value.ts'
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
import { interval, type Known } from '../value/value.ts'
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
  const lookup = addr?.is('map') ? mapIn(addr.only()[1], kindOf(type), known) : undefined
  const address = lookup ?? (addr && constant(addr, 'ipv4_addr', known))
  const options = {
    ...(address === undefined ? {} : { address }),
    ...(lookup === undefined ? {} : { family: of }),
    ...(port === undefined ? {} : { port: constant(port, 'inet_service', known) }),
    ...(more.flags === undefined ? {} : { flags: more.flags.several().map((flag) => flag.word(flags)) }),
  }
  return item.making(() => makers[kind](options as never))
}

/** nft also has ports that a map gives, and what a number generator does, for which there are no values. */
function constant(item: Item, type: 'ipv4_addr' | 'inet_service', known: Known): Interval {
  if (item.isObject && !item.is('range') && !item.is('prefix'))
    return item.fail('this library translates to addresses and ports that the rule names, or to ranges of them')
  return interval(item, kindOf(type), known)
}
