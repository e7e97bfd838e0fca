/** The shapes of a protocol written down as data: tables of rows, a row with its type. */

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

/** What a payload looks like. Each interpreter is one exhaustive switch over these. */
export type Kind = 'u8' | 'be16' | 'be32' | 'be64' | 'u32' | 'u64' | 'text' | 'bytes' | 'struct' | 'nest'

/** Names for numbers: of single values, or of bits when a type is made with `bits`. */
export interface Names {
  readonly [name: string]: number
}

/** How a printer shows the value. It never changes the value itself. */
export type Show = 'number' | 'hex' | 'names' | 'bits' | 'address' | 'hardware address' | 'bytes' | 'text' | 'fields'

/** What one attribute payload, or one field of a struct, looks like. */
export interface Type<T> {
  readonly kind: Kind
  /** Bytes a valid payload has at least; exactly that many when encoded, unless the kind is text, bytes or nest. */
  readonly size: number
  /** Bytes a payload has at most. */
  readonly limit: number
  readonly show: Show
  readonly names: Names
  readonly fields: readonly Field[]
  /** Of a nest. */
  readonly table: Table | undefined
  /** Of bytes that are a nest whose table depends on another attribute. */
  readonly choice: Choice | undefined
  readonly [decoded]?: T
}

/** A field of a packed struct. */
export interface Field {
  readonly key: string
  readonly at: number
  readonly type: Type<unknown>
}

/** Which table a nest follows: that of the value its neighbour `by` has. */
export interface Choice {
  readonly by: string
  readonly tables: { readonly [value: number]: Table }
}

declare const decoded: unique symbol
