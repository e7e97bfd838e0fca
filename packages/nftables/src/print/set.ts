import type { DatatypeName } from '../datatype/datatype.ts'
import type { Element } from '../values/element.ts'
import type { SetData } from '../values/keyed.ts'
import { printVerdict } from './statement.ts'
import { commented, duration } from './text.ts'
import { printMember, printValue } from './value.ts'

/** A set or a map, as data. */
export interface PrintedSet extends SetData {
  readonly kind: 'set' | 'map'
  readonly value?: DatatypeName | 'verdict'
}

/** The lines of a set or map with its elements, as they stand in the block of a table. */
export function setLines(set: PrintedSet, elements: readonly Element[]): readonly string[] {
  const { kind, name, key, value, interval, timeouts, timeoutMilliseconds, size, dynamic, constant, comment } = set
  const flags = Object.entries({ constant, interval, timeout: timeouts, dynamic }).flatMap(([flag, is]) =>
    is ? [flag] : [],
  )
  const inside = [
    `type ${key.join(' . ')}${value === undefined ? '' : ` : ${value}`}`,
    ...(flags.length === 0 ? [] : [`flags ${flags.join(',')}`]),
    ...(size === undefined ? [] : [`size ${size}`]),
    ...(timeoutMilliseconds === undefined ? [] : [`timeout ${duration(timeoutMilliseconds)}`]),
    ...commented(comment),
    ...(elements.length === 0 ? [] : [`elements = { ${elements.map(printElement).join(', ')} }`]),
  ]
  return [`${kind} ${name} {`, ...inside.map((line) => `\t${line}`), '}']
}

/** An element of a set or map in nft's language. */
export function printElement({ set, key, value, timeoutMilliseconds, expiresMilliseconds, comment }: Element): string {
  const written = [
    printMember(set.key, key),
    ...(timeoutMilliseconds === undefined ? [] : [`timeout ${duration(timeoutMilliseconds)}`]),
    ...(expiresMilliseconds === undefined ? [] : [`expires ${duration(expiresMilliseconds)}`]),
    ...commented(comment),
  ].join(' ')
  if (value === undefined) return written
  const to = typeof value === 'object' ? printVerdict(value) : printValue(set.value as DatatypeName, value)
  return `${written} : ${to}`
}
