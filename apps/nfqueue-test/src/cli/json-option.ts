import { Option } from 'commander'
import type { SchemaName } from '../schema/catalog.ts'

const schemas = new WeakMap<Option, SchemaName>()

/** `--json`: what is printed then, and the schema its lines follow. */
export function jsonOption(schema: SchemaName, what: string): Option {
  const option = new Option('--json', `${what} (schema: ${schema})`)
  schemas.set(option, schema)
  return option
}

/** The schema of what a command prints with this option. */
export const schemaOf = (option: Option): SchemaName | undefined => schemas.get(option)
