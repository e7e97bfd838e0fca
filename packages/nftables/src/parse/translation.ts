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
    const port = cursor.take('to') ? (portBehind(cursor, maps) ?? noPort(cursor)) : undefined
    const options = { port, flags: flags(cursor) }
    return kind === 'masquerade' ? masquerade(options) : redirect(options)
  }
  const family = (['ip', 'ip6'] as const).find((one) => cursor.take(one))
  cursor.expect('to')
  const from = selectorName(cursor)
  const address = from === undefined ? addresses(cursor) : mapFrom(cursor, from, family, maps)
  const options = { address, port: portBehind(cursor, maps), flags: flags(cursor) }
  return translate(kind, from === undefined ? options : { ...options, family })
}

function mapFrom(
  cursor: Cursor,
  name: string,
  family: 'ip' | 'ip6' | undefined,
  maps: readonly Named[],
): TranslationOptions['address'] {
  const lookup = valueMap(cursor, name, kindOf(family === 'ip6' ? 'ipv6_addr' : 'ipv4_addr'), maps)
  return lookup ?? cursor.fail('a map is missing, as tcp dport map { 80 : 10.0.0.1 }')
}

/** Takes an address, or two with a hyphen between them; what is behind the colon stays. */
function addresses(cursor: Cursor): TranslationOptions['address'] {
  const { text, isQuoted } = cursor.peek() ?? cursor.next('an address')
  const end = isQuoted ? text.length : lengthOfAddresses(text)
  if (end < text.length) cursor.part(end)
  const [first = '', last] = cursor.next('an address').text.replaceAll(/[[\]]/g, '').split('-')
  return last === undefined ? first : { from: first, to: last }
}

const translate = (kind: 'snat' | 'dnat', options: TranslationOptions): Translation =>
  kind === 'snat' ? snat(options) : dnat(options)

/** The port stands behind the closing bracket or, of IPv4, behind the only colon. */
function lengthOfAddresses(text: string): number {
  const bracket = text.lastIndexOf(']')
  if (bracket >= 0) return bracket + 1
  const colon = text.indexOf(':')
  return colon > 0 && colon === text.lastIndexOf(':') ? colon : text.length
}

/** Takes a colon, and the port, the ports or the map behind it; `undefined` where no colon comes. */
function portBehind(cursor: Cursor, maps: readonly Named[]): LocalOptions['port'] {
  const token = cursor.peek()
  if (token === undefined || token.isQuoted || !token.text.startsWith(':')) return undefined
  if (token.text.length > 1) cursor.part(1)
  cursor.skip(1)
  const from = selectorName(cursor)
  if (from !== undefined)
    return (
      valueMap(cursor, from, kindOf('inet_service'), maps) ??
      cursor.fail('a map is missing, as tcp dport map { 80 : 8080 }')
    )
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(cursor.peek()?.text ?? '') ?? []
  if (first === undefined) return noPort(cursor)
  cursor.skip(1)
  return last === undefined ? Number(first) : { from: Number(first), to: Number(last) }
}

const noPort = (cursor: Cursor): never => cursor.fail(`"${cursor.peek()?.text ?? ''}" is no port, as :80`)

function flags(cursor: Cursor): readonly TranslationFlag[] {
  const list: TranslationFlag[] = []
  do {
    const flag = (Object.keys(translationFlags) as TranslationFlag[]).find((one) => cursor.take(one))
    if (flag === undefined) return list
    list.push(flag)
  } while (cursor.take(','))
  return list
}
