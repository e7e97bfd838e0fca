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

/** Lines of JSON, each of which must follow the schema, and would not with a property more, wherever that stands. Returns them. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into them
export function expectLines(name: SchemaName, text: string): any[] {
  const validate = validatorOf(name)
  const lines = text.split('\n').filter((line) => line !== '')
  expect(lines.length, `lines of ${name}`).toBeGreaterThan(0)
  for (const line of lines) {
    const object = JSON.parse(line)
    expect(validate(object), `${name}: ${line}: ${ajv.errorsText(validate.errors)}`).toBe(true)
    for (const [path, inside] of objectsIn(object, name)) {
      inside['colour'] = 'red'
      expect(validate(object), `${name}: a property more at ${path}`).toBe(false)
      delete inside['colour']
    }
    if (!boundless.includes(name))
      expect(neededOf(object, validate), `${name}: properties that may not be missing`).not.toEqual([])
  }
  return lines.map((line) => JSON.parse(line))
}

/** Schemas of which every property may be missing. */
const boundless: readonly SchemaName[] = ['counts', 'timeout-defaults']

/** The properties without which an object does not follow its schema. */
const neededOf = (object: object, validate: ValidateFunction): readonly string[] =>
  Object.keys(object).filter((key) => !validate({ ...object, [key]: undefined }))

/** The keys under which, and the schemas of which, keys are data. */
const dictionaries: readonly string[] = ['seconds', 'timeout-defaults']

/** All objects in a value, and where each stands. */
function* objectsIn(value: unknown, path: string): Generator<readonly [path: string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value) && !dictionaries.includes(path.split('.').at(-1)!))
    yield [path, value as Record<string, unknown>]
  for (const [key, inside] of Object.entries(value)) yield* objectsIn(inside, `${path}.${key}`)
}
