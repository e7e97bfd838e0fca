import { type Datatype, type DatatypeName, datatypes } from '../datatype/datatype.ts'
import { type Interval, isRange, type Member, partsOf, type Value } from '../datatype/value.ts'
import { quoted } from './text.ts'

/** A value as nft writes it. */
export function printValue(type: DatatypeName, value: Value): string {
  const { shape } = datatypes[type]
  if (shape === 'interface' || shape === 'text') return quoted(String(value))
  return type === 'mark' ? `0x${BigInt(value).toString(16).padStart(8, '0')}` : String(value)
}

/** A value, a network or a range. */
export const printInterval = (type: DatatypeName, interval: Interval): string =>
  isRange(interval) ? `${printBound(type, interval.from)}-${printBound(type, interval.to)}` : printValue(type, interval)

/** An end of a range: words may have a dash themselves. */
function printBound(type: DatatypeName, value: Value): string {
  const { symbols }: Datatype = datatypes[type]
  return typeof value === 'string' && Object.hasOwn(symbols, value) ? String(symbols[value]) : printValue(type, value)
}

/** An element of a set or list, with a part for each type. */
export const printMember = (types: readonly DatatypeName[], member: Member): string =>
  partsOf(member)
    .map((part, i) => printInterval(types[i]!, part))
    .join(' . ')
