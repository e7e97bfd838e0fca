import { type Subject, typesOf } from '../conditions/match.ts'
import type { DatatypeName } from '../datatype/datatype.ts'
import type { Member } from '../datatype/value.ts'
import type { ObjectLookup } from '../statements/map/object.ts'
import type { ValueLookup } from '../statements/map/value.ts'
import { printSubject } from './condition.ts'
import { quoted } from './text.ts'
import { printMember, printValue } from './value.ts'

/** A look-up of a value of a type, in nft's language. */
export function printMap({ map, ...about }: ValueLookup, type: DatatypeName): string {
  if ('map' in map) return `${printSubject(about)} map @${map.map}`
  return `${printSubject(about)} map ${printEntries(about, map.entries, (value) => printValue(type, value))}`
}

/** A look-up of objects, in nft's language. */
export function printNames({ map, ...about }: ObjectLookup): string {
  const entries = 'entries' in map ? map.entries : []
  return `${printSubject(about)} map ${printEntries(about, entries, quoted)}`
}

/** What a map of a rule's own has. */
export function printEntries<T>(
  about: Subject,
  entries: readonly (readonly [Member, T])[],
  print: (value: T) => string,
): string {
  const types = typesOf(about)
  return `{ ${entries.map(([member, value]) => `${printMember(types, member)} : ${print(value)}`).join(', ')} }`
}
