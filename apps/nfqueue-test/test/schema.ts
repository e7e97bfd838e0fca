import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect } from 'vitest'
import type { SchemaName } from '../src/schema/catalog.ts'

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false })
const validators = new Map<SchemaName, ValidateFunction>()

/** The published file of a schema. */
export const schemaFile = (name: SchemaName): string => join(import.meta.dirname, `../schemas/v1/${name}.json`)

/** What says whether a value follows the published schema. */
export function validatorOf(name: SchemaName): ValidateFunction {
  const known = validators.get(name) ?? ajv.compile(JSON.parse(readFileSync(schemaFile(name), 'utf8')))
  validators.set(name, known)
  return known
}

/** Lines of JSON, each of which must follow the schema, and none of which would with a property more. Returns them. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into them
export function expectLines(name: SchemaName, text: string): any[] {
  const validate = validatorOf(name)
  const objects = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  expect(objects.length, `lines of ${name}`).toBeGreaterThan(0)
  for (const object of objects) {
    expect(validate(object), `${name}: ${JSON.stringify(object)}: ${ajv.errorsText(validate.errors)}`).toBe(true)
    if (name !== 'timeout-defaults') expect(validate({ ...object, colour: 'red' }), 'a property more').toBe(false)
  }
  return objects
}
