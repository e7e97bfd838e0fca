import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Calls of user code that stand outside `try`, and where what they throw goes instead. */
const guardedElsewhere: { readonly [packageName: string]: { readonly [place: string]: string } } = {
  nfqueue: {},
  conntrack: {
    'filter/compile.ts: condition.matches': 'part of a condition, guarded where the whole is asked',
    'filter/endpoints.ts: condition.matches': 'part of a condition, guarded where the whole is asked',
    'filter/compile.ts: where': 'part of a condition, guarded where the whole is asked',
    'lookup.ts: this.#table.get': 'rejects the look-up that asks',
    'filter/plan.ts: first!': 'part of a condition, guarded where the whole is asked',
    'filter/plan.ts: matches': 'part of a condition, guarded where the whole is asked',
    'dump/dump.ts: matches': 'ends the dump with what it throws',
    'events/stream.ts: matches': 'ends the stream of events with what it throws',
    'watch/watch.ts: matches': 'ends the watch with what it throws',
    'watch/watch.ts: condition.matches': 'ends the watch with what it throws',
  },
}

const manifestOf = (name: string) => JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))

/** The sources a package's users import. */
function entriesOf(name: string): string[] {
  const exported = Object.values(manifestOf(name).exports) as { 'nfkit-source'?: string }[]
  return exported.flatMap(({ 'nfkit-source': source }) => (source ? [join(root, 'packages', name, source)] : []))
}

/** The calls in a package of functions its users give it: `file: callee`, and whether a `try` with a `catch` is around. */
function callsOfUserCode(name: string): { readonly place: string; readonly guarded: boolean }[] {
  const entries = entriesOf(name)
  const program = ts.createProgram(entries, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    customConditions: ['nfkit-source'],
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    types: ['node'],
  })
  const checker = program.getTypeChecker()
  const sources = join(root, 'packages', name, 'src')
  const isOurs = (node: ts.Node) => node.getSourceFile().fileName.startsWith(sources)

  // What users give: the functions in the parameters of everything exported, however deep.
  const given = new Set<ts.Node>()
  const seen = new Set<ts.Type>()
  const take = (type: ts.Type): void => {
    if (seen.has(type)) return
    seen.add(type)
    if (type.isUnionOrIntersection()) {
      for (const part of type.types) take(part)
      return
    }
    for (const { declaration } of type.getCallSignatures())
      if (declaration && isOurs(declaration)) given.add(declaration)
    // An instance of a class of ours is none of theirs.
    const declared = type.symbol?.declarations?.[0]
    if (!declared || !isOurs(declared) || type.isClass()) return
    for (const property of type.getProperties()) take(checker.getTypeOfSymbolAtLocation(property, declared))
  }
  const offer = (type: ts.Type): void => {
    for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
      for (const parameter of signature.parameters) take(checker.getTypeOfSymbol(parameter))
      const result = signature.getReturnType()
      for (const part of [
        result,
        ...(result.aliasTypeArguments ?? []),
        ...checker.getTypeArguments(result as ts.TypeReference),
      ])
        surface(part)
    }
  }
  /** What an object of ours offers: its methods, to be called by users. */
  const surfaced = new Set<ts.Type>()
  const surface = (type: ts.Type): void => {
    if (surfaced.has(type)) return
    surfaced.add(type)
    const declared = type.symbol?.declarations?.[0]
    if (!declared || !isOurs(declared)) return
    for (const property of type.getProperties()) offer(checker.getTypeOfSymbolAtLocation(property, declared))
  }
  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      if (symbol.flags & ts.SymbolFlags.Value && !isTypeOnly(exported)) offer(checker.getTypeOfSymbol(symbol))
      if (symbol.flags & ts.SymbolFlags.Class) surface(checker.getDeclaredTypeOfSymbol(symbol))
    }
  }

  // Handed on, it may be called by another type: `where` becomes a condition, `queueTable` a field.
  const signaturesOf = (type: ts.Type | undefined) =>
    (type?.isUnion() ? type.types : type ? [type] : []).flatMap((part) =>
      part.getCallSignatures().flatMap(({ declaration }) => declaration ?? []),
    )
  const passOn = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) {
      const target = ts.isShorthandPropertyAssignment(node.parent)
        ? propertyType(checker.getContextualType(node.parent.parent), node.getText())
        : checker.getContextualType(node as ts.Expression)
      if (target && signaturesOf(checker.getTypeAtLocation(node)).some((signature) => given.has(signature)))
        for (const signature of signaturesOf(target)) if (isOurs(signature)) given.add(signature)
    }
    ts.forEachChild(node, passOn)
  }
  const propertyType = (type: ts.Type | undefined, name: string) => {
    const property = type?.getProperty(name)
    return property && checker.getTypeOfSymbol(property)
  }
  const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(sources))
  for (let before = -1; before < given.size; ) {
    before = given.size
    for (const file of files) passOn(file)
  }

  const calls: { place: string; guarded: boolean }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const declaration = checker.getResolvedSignature(node)?.getDeclaration()
      const emits = ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'emit'
      if (emits || (declaration && given.has(declaration))) {
        const callee = node.expression.getText().replace(/\s+/g, ' ')
        calls.push({
          place: `${relative(sources, node.getSourceFile().fileName)}: ${callee}`,
          guarded: isGuarded(node),
        })
      }
    }
    ts.forEachChild(node, visit)
  }
  for (const file of files) visit(file)
  return calls
}

/** Exported as a type: its constructor is not for users. */
const isTypeOnly = ({ declarations = [] }: ts.Symbol) =>
  declarations.some((node) => ts.isExportSpecifier(node) && (node.isTypeOnly || node.parent.parent.isTypeOnly))

/** Whether what a call throws is caught in the function it stands in. */
function isGuarded(call: ts.Node): boolean {
  for (let node = call; node.parent && !ts.isFunctionLike(node); node = node.parent)
    if (ts.isTryStatement(node.parent) && node === node.parent.tryBlock && node.parent.catchClause) return true
  return false
}

describe.each(Object.entries(guardedElsewhere))('%s', (name, reasons) => {
  test('calls what its users give it inside try, or says what happens else', () => {
    const calls = callsOfUserCode(name)
    expect(calls.length).toBeGreaterThan(0)
    const bare = calls.filter(({ place, guarded }) => !guarded && !Object.hasOwn(reasons, place))
    expect(bare.map(({ place }) => place)).toEqual([])
  })
})

test('what is looked for is found: handlers, flow sources and listeners of a queue', () => {
  const places = callsOfUserCode('nfqueue').map(({ place }) => place)
  expect(places).toEqual(
    expect.arrayContaining([
      'judging/consumer.ts: this.#handler!',
      'flows/join.ts: this.#source.peek',
      'flows/join.ts: this.#source.get',
      'flows/connmarks.ts: this.#source.setMark',
    ]),
  )
})
