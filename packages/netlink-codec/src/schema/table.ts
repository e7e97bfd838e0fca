/**
 * The protocol as data. A table has rows, a row has an id, a type and one line of documentation; every use of a table
 * (decode, encode, print, document, generate test values) is one small interpreter in a file of its own.
 */
import type { Attr, Rows, Slot, Table, Type } from './shape.ts'

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
    for (const { attr } of table.slots) within(attr.type)
  }
  const within = (type: Type<unknown>) => {
    // Of a list of one row the row is all there is to say.
    if (type.item !== undefined) return within(type.table!.slots[0]!.attr.type)
    visit(type.table)
    for (const choice of Object.values(type.choice?.tables ?? {})) visit(choice)
    visit(type.choice?.otherwise)
  }
  for (const root of roots) visit(root)
  return [...found]
}
