import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const packages = join(root, 'packages')

/** What a simulated packet walks through: it leads everywhere inside, and nobody outside calls it. */
const opaque = ['Ruleset mentions Chain']

/** Every entry point of every package, by source file: what `exports` says. */
const entries = readdirSync(packages).flatMap((name) => {
  const { exports } = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'))
  return Object.values<Record<string, string>>(exports).flatMap((target) => {
    const source = target['nfkit-source']
    return source === undefined ? [] : [join(packages, name, source)]
  })
})

const isHidden = (node: ts.Node): boolean =>
  ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal') ||
  (ts.canHaveModifiers(node) &&
    ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) === true) ||
  (ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name))

const { options } = ts.parseJsonConfigFileContent(
  { ...ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile).config, files: entries },
  ts.sys,
  root,
)
const program = ts.createProgram(entries, { ...options, types: ['node'] })
const checker = program.getTypeChecker()
const real = (symbol: ts.Symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol)
const exportsOf = (entry: string) =>
  checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)!)!)

test('a name means the same in every package', () => {
  const meanings = new Map<string, Map<ts.Symbol, string>>()
  for (const entry of entries)
    for (const symbol of exportsOf(entry))
      meanings.set(symbol.name, (meanings.get(symbol.name) ?? new Map()).set(real(symbol), entry))
  const several = [...meanings].filter(([, places]) => places.size > 1)
  expect(
    several.map(([name, places]) => `${name}: ${[...places.values()].map((at) => relative(packages, at))}`),
  ).toEqual([])
})

test('what is exported mentions only types that are exported, too', () => {
  const exports = entries.flatMap(exportsOf)
  const exported = new Set(exports.map(real))
  /** Exported as types only: nobody calls their constructor. */
  const onlyTypes = new Set(exported)
  for (const symbol of exports) {
    const isType = symbol.declarations?.some((at) => ts.isExportSpecifier(at) && ts.isTypeOnlyExportDeclaration(at))
    if (!isType) onlyTypes.delete(real(symbol))
  }
  expect(exported.size).toBeGreaterThan(200)

  const missing = new Set<string>()
  const visit = (owner: ts.Symbol, node: ts.Node): void => {
    if (isHidden(node) || (ts.isConstructorDeclaration(node) && onlyTypes.has(owner))) return
    // Bodies and values are nobody's business, what they are declared as is.
    if (ts.isBlock(node) || (ts.isExpression(node) && !ts.isExpressionWithTypeArguments(node))) return
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const symbol = checker.getSymbolAtLocation(ts.isTypeReferenceNode(node) ? node.typeName : node.expression)
      const target = symbol && real(symbol)
      const at = target?.declarations?.[0]
      const isOurs = at?.getSourceFile().fileName.startsWith(packages) && !at.getSourceFile().isDeclarationFile
      const isOwn = at !== undefined && (ts.isTypeParameterDeclaration(at) || ts.isParameter(at))
      if (target && isOurs && !isOwn && !exported.has(target)) missing.add(`${owner.name} mentions ${target.name}`)
    }
    ts.forEachChild(node, (child) => visit(owner, child))
  }
  for (const symbol of exported) for (const declaration of symbol.declarations ?? []) visit(symbol, declaration)
  expect([...missing].filter((one) => !opaque.includes(one))).toEqual([])
})
