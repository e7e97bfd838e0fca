import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as builders from '../src/build/index.ts'
import * as main from '../src/index.ts'

const modules: Record<string, object> = { '@nfkit/ip-codec': main, '@nfkit/ip-codec/build': builders }
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!)

test.each(examples)('the README says what happens: %#', (code) => {
  const expected = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, text]) => text)
  const printed: string[] = []
  // The examples use no types, and `!` but once: what is left is JavaScript.
  const body = code.replace(/import (\{.*\}) from '(.*)'/g, 'const $1 = modules["$2"]').replace(/first!/g, 'first')
  const log = (...values: unknown[]) => printed.push(values.map(String).join(' '))
  new Function('modules', 'console', body)(modules, { log })
  expect(printed).toEqual(expected)
  expect(printed.length).toBeGreaterThan(0)
})
