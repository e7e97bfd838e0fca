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

const flags = Object.keys(translationFlags) as TranslationFlag[]
const makers = { snat, dnat, masquerade, redirect } as const

/** What `{ "dnat": … }` and its like say: null where it says nothing. */
export function translationIn(kind: Translation['kind'], item: Item, known: Known): Translation {
  if (item.isNull && (kind === 'masquerade' || kind === 'redirect')) return makers[kind]()
  const isAddressed = kind === 'snat' || kind === 'dnat'
  const { addr, port, ...more } = item.fields([], isAddressed ? ['addr', 'port', 'flags', 'family'] : ['port', 'flags'])
  const address = addr && constant(addr, 'ipv4_addr', known)
  const options = {
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port: constant(port, 'inet_service', known) }),
    ...(more.flags === undefined ? {} : { flags: more.flags.several().map((flag) => flag.word(flags)) }),
  }
  return item.making(() => makers[kind](options as never))
}

/** nft also has addresses and ports that a map or a number generator gives, for which there are no values. */
function constant(item: Item, type: 'ipv4_addr' | 'inet_service', known: Known): Interval {
  if (item.isObject && !item.is('range') && !item.is('prefix'))
    return item.fail('this library translates to addresses and ports that the rule names, or to ranges of them')
  return interval(item, kindOf(type), known)
}
