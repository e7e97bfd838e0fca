import ts from 'typescript'
import { expect, test } from 'vitest'
import { entries, isHidden, packages, Surface } from './docs/surface.ts'

/** What a simulated packet walks through: it leads everywhere inside, and no program calls it. */
const opaque = ['Ruleset mentions Chain']

/** Words of nft that packets and messages have, too: a field in a rule, a packet that is built, an attribute. */
const homonyms: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp', 'icmp', 'vlan'])

const surface = new Surface()
const { checker } = surface
const real = (symbol: ts.Symbol) => surface.real(symbol)

test('a name means the same in every package', () => {
  const meanings = new Map<string, Map<ts.Symbol, string>>()
  for (const entry of entries)
    for (const symbol of surface.exportsOf(entry))
      meanings.set(symbol.name, (meanings.get(symbol.name) ?? new Map()).set(real(symbol), entry.name))
  const several = [...meanings].filter(([name, places]) => places.size > 1 && !homonyms.has(name))
  expect(several.map(([name, places]) => `${name}: ${[...places.values()]}`)).toEqual([])
})

test('what is exported mentions only types that are exported, too', () => {
  const exports = entries.flatMap((entry) => surface.exportsOf(entry))
  const exported = new Set(exports.map(real))
  /** Exported as types only: no program calls their constructor. */
  const onlyTypes = new Set(exported)
  for (const symbol of exports) {
    const isType = symbol.declarations?.some((at) => ts.isExportSpecifier(at) && ts.isTypeOnlyExportDeclaration(at))
    if (!isType) onlyTypes.delete(real(symbol))
  }
  expect(exported.size).toBeGreaterThan(200)

  const missing = new Set<string>()
  const visit = (owner: ts.Symbol, node: ts.Node): void => {
    if (isHidden(node) || (ts.isConstructorDeclaration(node) && onlyTypes.has(owner))) return
    // Skip bodies and values; look at declared types only.
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
