import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import manifest from '../package.json' with { type: 'json' }

const src = new URL('../src/', import.meta.url)
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
/** The one file that tests need alone. */
const arbitrary = 'schema/arbitrary.ts'
const sources = files.map((name) => [name, readFileSync(new URL(name, src), 'utf8')] as const)

test('the package depends on inet alone; fast-check is for those who test with it', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['@nfkit/inet'])
  expect(manifest.peerDependencies).toEqual({ 'fast-check': '^4' })
  expect(manifest.peerDependenciesMeta).toEqual({ 'fast-check': { optional: true } })
})

describe.each(sources)('%s', (name, source) => {
  const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')

  test('imports nothing but its neighbours and inet', () => {
    const imports = [...code.matchAll(/\bfrom '([^']+)'|\bimport\(? ?'([^']+)'/g)].map((found) => found[1] ?? found[2])
    const allowed =
      name === arbitrary ? /^\.{1,2}\/.+\.ts$|^fast-check$|^@nfkit\/inet/ : /^\.{1,2}\/.+\.ts$|^@nfkit\/inet/
    for (const specifier of imports) expect(specifier).toMatch(allowed)
  })

  test('knows no runtime', () => {
    expect(code).not.toMatch(/\b(Buffer|process|require|globalThis|window|document|console)[.(]/)
  })
})

test('nothing on the way from index.ts needs fast-check', () => {
  for (const [name, source] of sources)
    if (name !== arbitrary) expect(source).not.toMatch(/\/arbitrary\.ts'|fast-check/)
})
