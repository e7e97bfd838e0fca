import { kindOf } from '../datatype/bytes.ts'
import {
  dnat,
  type LocalOptions,
  masquerade,
  redirect,
  snat,
  type Translation,
  type TranslationFlag,
  type TranslationOptions,
  translationFlags,
} from '../statements/translation.ts'
import { selectorName } from './condition.ts'
import type { Cursor } from './cursor.ts'
import { valueMap } from './map.ts'
import type { Named } from './operand.ts'

/** Takes a translation, behind its word: `dnat ip to 10.0.0.1:80`, `masquerade to :1024-65535 random`. */
export function translation(cursor: Cursor, kind: Translation['kind'], maps: readonly Named[]): Translation {
  if (kind === 'masquerade' || kind === 'redirect') {
    const port = cursor.take('to') ? portOf(cursor, cursor.next('a port, as :80').text) : undefined
    const options = { port, flags: flags(cursor) }
    return kind === 'masquerade' ? masquerade(options) : redirect(options)
  }
  const family = (['ip', 'ip6'] as const).find((one) => cursor.take(one))
  cursor.expect('to')
  const from = selectorName(cursor)
  if (from !== undefined) {
    const address = valueMap(cursor, from, kindOf(family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr'), maps)
    if (address === undefined) return cursor.fail('a map is missing, as tcp dport map { 80 : 10.0.0.1 }')
    return translate(kind, { address, family, flags: flags(cursor) })
  }
  const { text } = cursor.next('an address')
  const { addresses, port } = parted(text)
  const [first = '', last] = addresses.split('-')
  const address = last === undefined ? first : { from: first, to: last }
  return translate(kind, {
    address,
    port: port === undefined ? undefined : portOf(cursor, port),
    flags: flags(cursor),
  })
}

const translate = (kind: 'snat' | 'dnat', options: TranslationOptions): Translation =>
  kind === 'snat' ? snat(options) : dnat(options)

/** The port stands behind the closing bracket or, of IPv4, behind the only colon. */
function parted(text: string): { readonly addresses: string; readonly port?: string } {
  const bracket = text.lastIndexOf(']')
  const isIpv4 = bracket < 0 && text.indexOf(':') === text.lastIndexOf(':')
  const colon = isIpv4 ? text.indexOf(':') : -1
  const end = bracket >= 0 ? bracket + 1 : colon >= 0 ? colon : text.length
  const addresses = text.slice(0, end).replaceAll('[', '').replaceAll(']', '')
  return end === text.length ? { addresses } : { addresses, port: text.slice(end) }
}

function portOf(cursor: Cursor, text: string): LocalOptions['port'] {
  const [, from, to] = /^:(\d+)(?:-(\d+))?$/.exec(text) ?? []
  if (from === undefined) return cursor.fail(`"${text}" is no port, as :80`, -1)
  return to === undefined ? Number(from) : { from: Number(from), to: Number(to) }
}

function flags(cursor: Cursor): readonly TranslationFlag[] {
  const list: TranslationFlag[] = []
  do {
    const flag = (Object.keys(translationFlags) as TranslationFlag[]).find((one) => cursor.take(one))
    if (flag === undefined) return list
    list.push(flag)
  } while (cursor.take(','))
  return list
}
