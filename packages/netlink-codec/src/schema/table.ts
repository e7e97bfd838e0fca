/**
 * The protocol as data. A table has rows, a row has an id, a type and one line of documentation; every use of a table
 * (decode, encode, print, document, generate test values) is one small interpreter in a file of its own.
 */
import type { Type } from './type.ts'

/** One row: the wire id, the payload's type, and what it means. */
export interface Attr<T> {
  readonly id: number
  readonly type: Type<T>
  readonly doc: string
  /** The first kernel that has it. `undefined`: as old as its table. */
  readonly since: string | undefined
  /** The kernel's name where it does not follow from table and key. */
  readonly name: string | undefined
}

export interface Rows {
  readonly [key: string]: Attr<unknown>
}

/** A row with its names. */
export interface Slot {
  readonly key: string
  /** The kernel's name: `CTA_TUPLE_ORIG`. */
  readonly name: string
  readonly attr: Attr<unknown>
}

export interface Table<R extends Rows = Rows> {
  /** The prefix the kernel gives this family's constants. */
  readonly name: string
  readonly doc: string
  readonly rows: R
  readonly slots: readonly Slot[]
  readonly byId: readonly (Slot | undefined)[]
  /** The first kernel that has it. */
  readonly since: string
  /** Id of the empty attribute some machines put before 64-bit values to align them: skipped, never kept as unknown. */
  readonly pad: number | undefined
}

/** An attribute this library has no row for, as it was: a newer kernel's, usually. */
export interface UnknownAttr {
  readonly id: number
  readonly bytes: Uint8Array
}

/** The object a table decodes to. Every attribute is optional: the kernel sends what applies. */
export type Infer<T> =
  T extends Table<infer R>
    ? { readonly [K in keyof R]?: (R[K] extends Attr<infer V> ? V : never) | undefined } & {
        /** Attributes without a row, in the order they came. */
        readonly unknown?: readonly UnknownAttr[] | undefined
      }
    : never

interface AttrMore {
  readonly since?: string
  readonly name?: string
}

export const attr = <T>(id: number, type: Type<T>, doc: string, more: AttrMore = {}): Attr<T> => ({
  id,
  type,
  doc,
  since: more.since,
  name: more.name,
})

interface TableMore {
  readonly pad?: number
}

export function table<const R extends Rows>(
  name: string,
  since: string,
  doc: string,
  rows: R,
  more: TableMore = {},
): Table<R> {
  const slots = Object.entries(rows).map(([key, row]) => ({ key, name: row.name ?? kernelName(name, key), attr: row }))
  const byId: (Slot | undefined)[] = []
  for (const slot of slots) {
    while (byId.length <= slot.attr.id) byId.push(undefined)
    byId[slot.attr.id] = slot
  }
  return { name, doc, rows, slots, byId, since, pad: more.pad }
}

/** `('CTA', 'tupleOrig')` is `CTA_TUPLE_ORIG`: either spelling gives the other. */
export const kernelName = (prefix: string, key: string): string => `${prefix}_${constant(key)}`

/** `synSent` as the kernel spells its constants: `SYN_SENT`. */
export const constant = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

/** The tables given and all that are nested in them, each once, a parent before its children. */
export function withNested(roots: Iterable<Table>): readonly Table[] {
  const found = new Set<Table>()
  const visit = (table: Table | undefined) => {
    if (table === undefined || found.has(table)) return
    found.add(table)
    for (const { attr } of table.slots) {
      visit(attr.type.table)
      for (const choice of Object.values(attr.type.choice?.tables ?? {})) visit(choice)
    }
  }
  for (const root of roots) visit(root)
  return [...found]
}
