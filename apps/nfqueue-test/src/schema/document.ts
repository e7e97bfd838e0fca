import { nameOf, type Schema } from './shape.ts'

/** Where the schemas of this version are published. */
const published = 'https://raw.githubusercontent.com/nfkit/nfkit/main/apps/nfqueue-test/schemas'

/** Counts up when a property goes, or changes its meaning. */
const version = 1

/** A schema as a file of its own: what has a name is defined once, at its end. */
export function schemaDocument(name: string, description: string, schema: Schema): object {
  const definitions: { [name: string]: unknown } = {}
  const inside = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inside)
    if (typeof value !== 'object' || value === null) return value
    const called = nameOf(value as Schema)
    if (called === undefined) return within(value)
    // Entered before it is written: it may refer to itself.
    if (!(called in definitions)) {
      definitions[called] = {}
      definitions[called] = within(value)
    }
    return { $ref: `#/$defs/${called}` }
  }
  const within = (value: object): object =>
    Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inside(part)]))
  const written = inside(schema) as object
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `${published}/v${version}/${name}.json`,
    title: name,
    description,
    ...written,
    ...(Object.keys(definitions).length === 0 ? {} : { $defs: definitions }),
  }
}
