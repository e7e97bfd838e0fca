import { boundsOf, compare, kindOf } from '../datatype/bytes.ts'
import { valueFrom } from '../datatype/canonical.ts'
import type { Interval } from '../datatype/value.ts'
import { isLookup, type ValueLookup } from '../statements/map/value.ts'
import type { Translation } from '../statements/translation.ts'
import { printMap } from './map.ts'
import { printInterval } from './value.ts'

/** A translation in nft's language. */
export function printTranslation(translation: Translation): string {
  const { flags, port } = translation
  const words = flags.length === 0 ? '' : ` ${flags.join(',')}`
  const ports = port === undefined ? '' : `:${printPorts(port)}`
  if (!('family' in translation)) return `${translation.kind}${ports === '' ? '' : ` to ${ports}`}${words}`
  const { kind, family, address } = translation
  if (isLookup(address)) return `${kind} ${family} to ${printMap(address, typeOf[family])}${ports}${words}`
  const addresses = address === undefined ? '' : printAddresses(family, address, ports !== '')
  return `${kind} ${family} to ${addresses}${ports}${words}`
}

const printPorts = (port: Interval | ValueLookup): string =>
  isLookup(port) ? printMap(port, 'inet_service') : printInterval('inet_service', port)

const typeOf = { ip: 'ipv4_addr', ip6: 'ipv6_addr' } as const

/** A network is written as a range: nft takes its prefix for something else here. */
function printAddresses(family: 'ip' | 'ip6', address: Interval, hasPort: boolean): string {
  const kind = kindOf(typeOf[family])
  const { from, to } = boundsOf(kind, address, 'address')
  const [first, last] = [from, to].map((bytes) => {
    const text = String(valueFrom(kind, bytes))
    return family === 'ip6' && hasPort ? `[${text}]` : text
  })
  return compare(from, to) === 0 ? first! : `${first}-${last}`
}
