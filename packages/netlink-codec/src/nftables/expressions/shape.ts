import type { Infer, Table, UnknownAttr } from '../../schema/shape.ts'

interface Unknown {
  /** Attributes without a row: that of the data, when the name has no table. */
  readonly unknown?: readonly UnknownAttr[] | undefined
}

/** An expression whose data follows the table of its name; of another name its data is among `unknown`. */
export type ExpressionOf<Tables extends { readonly [name: string]: Table }> =
  | {
      readonly [Name in keyof Tables]: {
        readonly name: Name
        readonly data?: Infer<Tables[Name]> | undefined
      } & Unknown
    }[keyof Tables]
  | ({ readonly name: string; readonly data?: undefined } & Unknown)
