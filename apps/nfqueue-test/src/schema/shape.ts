/** JSON Schema, draft 2020-12: keywords and what they say. */
export interface Schema {
  readonly [keyword: string]: unknown
}

/** A property that may be absent. */
interface Optional {
  readonly optional: Schema
}

const names = new WeakMap<Schema, string>()

/** A schema that others refer to by this name, and that may refer to itself. */
export function named<S extends Schema>(name: string, schema: S): S {
  names.set(schema, name)
  return schema
}

/** Under which name others refer to it. */
export const nameOf = (schema: Schema): string | undefined => names.get(schema)

export const text: Schema = { type: 'string' }
export const flag: Schema = { type: 'boolean' }
export const integer: Schema = { type: 'integer' }
export const count: Schema = { type: 'integer', minimum: 0 }
export const milliseconds: Schema = { type: 'number', minimum: 0 }
export const port: Schema = { type: 'integer', minimum: 0, maximum: 0xffff }
export const mark: Schema = { type: 'integer', minimum: 0, maximum: 0xffff_ffff }
/** A version of IP. */
export const ipVersion: Schema = { enum: [4, 6] }
/** An IPv4 or IPv6 address. */
export const address: Schema = { type: 'string', pattern: '^[0-9a-f:.]+$' }
/** A number of 64 bits as decimal text. */
export const decimal: Schema = { type: 'string', pattern: '^[0-9]+$' }
/** Bytes, hexadecimal. */
export const hexadecimal: Schema = { type: 'string', pattern: '^([0-9a-f]{2})*$' }
/** ISO 8601, of Coordinated Universal Time. */
export const time: Schema = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$' }

export const word = (...words: readonly string[]): Schema => ({ enum: words })
export const only = (value: string | number | null): Schema => ({ const: value })
export const list = (items: Schema): Schema => ({ type: 'array', items })
export const anyOf = (...schemas: readonly Schema[]): Schema => ({ anyOf: schemas })
/** An object whose keys are data. */
export const dictionary = (values: Schema): Schema => ({ type: 'object', additionalProperties: values })
export const optional = (schema: Schema): Optional => ({ optional: schema })

/** The same schema, and what it means. */
export const said = (description: string, schema: Schema): Schema => ({ ...schema, description })

export interface Fields {
  readonly [key: string]: Schema | Optional
}

const isOptional = (field: Schema | Optional): field is Optional => 'optional' in field

/** An object with these properties and no others. */
export function object(fields: Fields): Schema {
  const entries = Object.entries(fields)
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([key, field]) => [key, isOptional(field) ? field.optional : (field as Schema)]),
    ),
    required: entries.flatMap(([key, field]) => (isOptional(field) ? [] : [key])),
    additionalProperties: false,
  }
}

/** Properties that may be absent, each of them. */
export const optionals = (fields: Readonly<Record<string, Schema>>): Fields =>
  Object.fromEntries(Object.entries(fields).map(([key, schema]) => [key, optional(schema)]))
