import { boundsOf, compare, kindOf } from '../datatype/bytes.ts'
import { valueFrom } from '../datatype/canonical.ts'
import type { Interval } from '../datatype/value.ts'
import type { Translation } from '../statements/translation.ts'
import { printInterval } from './value.ts'

/** A translation in nft's language. */
export function printTranslation(translation: Translation): string {
  const { flags, port } = translation
  const words = flags.length === 0 ? '' : ` ${flags.join(',')}`
  const ports = port === undefined ? '' : `:${printInterval('inet_service', port)}`
  if (!('family' in translation)) return `${translation.kind}${ports === '' ? '' : ` to ${ports}`}${words}`
  const { kind, family, address } = translation
  const addresses = address === undefined ? '' : printAddresses(family, address, ports !== '')
  return `${kind} ${family} to ${addresses}${ports}${words}`
}

/** A network is written as a range: nft takes its prefix for something else here. */
function printAddresses(family: 'ip' | 'ip6', address: Interval, hasPort: boolean): string {
  const type = family === 'ip' ? 'ipv4_addr' : 'ipv6_addr'
  const kind = kindOf(type)
  const { from, to } = boundsOf(kind, address, 'address')
  const [first, last] = [from, to].map((bytes) => {
    const text = String(valueFrom(kind, bytes))
    return family === 'ip6' && hasPort ? `[${text}]` : text
  })
  return compare(from, to) === 0 ? first! : `${first}-${last}`
}
