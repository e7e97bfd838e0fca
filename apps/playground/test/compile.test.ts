import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { compile, longestSource } from '../src/compile/compile.ts'
import { CompileError } from '../src/compile/problem.ts'

const root = join(import.meta.dirname, '../../..')

/** What a text says, without comments, spaces, parentheses and empty statements. */
function meaning(text: string): string {
  const file = ts.createSourceFile('x.js', text, ts.ScriptTarget.ES2023, true, ts.ScriptKind.JS)
  const empty = new Set([ts.SyntaxKind.EmptyStatement, ts.SyntaxKind.SemicolonClassElement])
  const said = (node: ts.Node): string => {
    if (ts.isParenthesizedExpression(node)) return said(node.expression)
    const parts: string[] = []
    ts.forEachChild(node, (child) => {
      if (!empty.has(child.kind)) parts.push(said(child))
    })
    return `${node.kind}(${parts.length > 0 ? parts.join(' ') : node.getText(file)})`
  }
  return said(file)
}

const compilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  removeComments: true,
}
const printed = (text: string): string =>
  ts.transpileModule(text, { compilerOptions }).outputText.replace(/^export \{\};$/m, '')

/** Without imports and exports, which take another form. */
const plain = (source: string): string =>
  source
    .replace(/^import (?:[^'"`=()]*? from )?'[^']+'$/gm, '')
    .replace(/^export (?:type )?(?:\{[^}]*\}|\*)(?: from '[^']+')?$/gm, '')
    .replace(/^export (?:default )?/gm, '')

const files = ['ip-codec', 'netlink-codec', 'nfqueue', 'nftables'].flatMap((name) =>
  readdirSync(join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join('packages', name, 'src', path)),
)

test('of the sources of packages the same is left as TypeScript leaves; few are refused', () => {
  const refused: string[] = []
  for (const file of files) {
    const source = plain(readFileSync(join(root, file), 'utf8'))
    let compiled: string
    try {
      compiled = compile(source)
    } catch (error) {
      if (!(error instanceof CompileError)) throw error
      refused.push(file)
      continue
    }
    expect(meaning(printed(compiled)), file).toBe(meaning(printed(source)))
  }
  expect(files.length).toBeGreaterThan(200)
  expect(refused.length).toBeLessThan(0.1 * files.length)
})

/** What a module exports when it is run. */
function run(source: string): unknown {
  const exports = {}
  const require = (name: string) => ({ default: `${name}.default`, a: `${name}.a`, b: `${name}.b` })
  new Function('require', 'exports', compile(source))(require, exports)
  return exports
}

describe('modules', () => {
  test.each<[string, unknown]>([
    ["import { a, b as c, type T } from 'm'\nexport const said = [a, c]", { said: ['m.a', 'm.b'] }],
    ["import d from 'm'; export default d", { default: 'm.default' }],
    ["import * as all from 'm'\nexport { all as m }", { m: { default: 'm.default', a: 'm.a', b: 'm.b' } }],
    ["import type { T } from 'm'\nexport type U = T\nexport interface I { x: T }\nexport const x: T = 1", { x: 1 }],
    ['export default class A {}', { default: expect.any(Function) }],
    ['export default function judge(p: unknown): string { return "drop" }', { default: expect.any(Function) }],
    ['export async function f<T>(this: void, x?: T): Promise<void> {}', { f: expect.any(Function) }],
    ['export const n = ([1, 2] as const)!.length satisfies number', { n: 2 }],
    ["export const isText = (x: unknown): x is string => typeof x === 'string'", { isText: expect.any(Function) }],
    [
      'export const a = [1, 0].filter((x): x is 1 => x === 1), b = (x: A): asserts x is B<C> => {}',
      { a: [1], b: expect.any(Function) },
    ],
    [
      'type F = (x: unknown) => x is string\nexport const f = (x: unknown): asserts x => {}',
      { f: expect.any(Function) },
    ],
  ])('%s', (source, expected) => {
    expect(run(source)).toEqual(expected)
  })

  test('what stands around a type does not become one statement', () => {
    expect(run('export const a = 1\ninterface X {}\n[2].map((x) => x)')).toEqual({ a: 1 })
  })
})

test('lines stay where they are', () => {
  const source = "import {\n  a,\n  b,\n} from 'm'\ninterface X {\n  y: 1\n}\nthrow new Error(a)"
  expect(
    compile(source)
      .split('\n')
      .findIndex((line) => line.startsWith('throw')),
  ).toBe(7)
})

describe('refuses', () => {
  test.each([
    ['an end too early', 'const a = \n  1 +', 'line 2, column 6: something is missing at the end'],
    ['an enum', 'enum E { A }', 'line 1, column 1: an enum is not erasable: write an object'],
    [
      'a parameter property',
      'class A {\n constructor(private x: number) {}\n}',
      'line 2, column 14: a parameter property',
    ],
    ['an export from elsewhere', "export * from 'm'", 'line 1, column 1: exports are declared here'],
    [
      'what the grammar takes for a type',
      'if (n < 0n || n >> f(1) !== 0n) f()',
      'line 1, column 7: put this comparison',
    ],
    ['a text that is too long', 'x'.repeat(longestSource + 1), 'line 1, column 1: more than 65536 characters'],
  ])('%s', (_, source, message) => {
    const refused = () => compile(source)
    expect(refused).toThrow(CompileError)
    expect(refused).toThrow(message)
  })
})
