import type { Infer, Table, UnknownAttr } from '../../schema/shape.ts'

/** An expression whose data follows the table of its name; of another name its data is among `unknown`. */
export type ExpressionOf<Tables extends { readonly [name: string]: Table }> = (
  | {
      readonly [Name in keyof Tables]: {
        /** Name of the expression. */
        readonly name: Name
        /** What it does. */
        readonly data?: Infer<Tables[Name]> | undefined
      }
    }[keyof Tables]
  | { readonly name: string; readonly data?: undefined }
) & {
  /** Attributes without a row: that of the data, when the name has no table. */
  readonly unknown?: readonly UnknownAttr[] | undefined
}
