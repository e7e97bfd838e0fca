import ts from 'typescript'
import { expect, test } from 'vitest'
import { entries, isHidden, packages, Surface } from './docs/surface.ts'

const surface = new Surface()
const { checker } = surface
const textOf = (symbol: ts.Symbol): string => ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim()

const exported = [
  ...new Set(entries.flatMap((entry) => surface.exportsOf(entry).map((symbol) => surface.real(symbol)))),
].filter((symbol) => !symbol.declarations!.some(ts.isSourceFile))
const declared = exported.flatMap((symbol) => symbol.declarations!.map((declaration) => ({ symbol, declaration })))

/** Where a reader finds it. */
const placeOf = (node: ts.Node): string => {
  const file = node.getSourceFile()
  return `${file.fileName.slice(packages.length + 1)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`
}

/** Whether a comment stands in front of an alternative of a union: it describes all members of a short one. */
const isDescribed = (node: ts.Node): boolean =>
  /\*\/\s*\|?\s*$/.test(node.getSourceFile().text.slice(0, node.getStart()))

/** The members of what a declaration describes as data. */
function membersOf(declaration: ts.Declaration): readonly ts.TypeElement[] {
  const found: ts.TypeElement[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isTypeLiteralNode(node) && !isDescribed(node)) found.push(...node.members)
    if (ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node)) ts.forEachChild(node, visit)
  }
  if (ts.isInterfaceDeclaration(declaration)) found.push(...declaration.members)
  if (ts.isTypeAliasDeclaration(declaration)) visit(declaration.type)
  return found
}

const isProtected = (node: ts.MethodDeclaration): boolean =>
  node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ProtectedKeyword) === true

const isSpelledOut = (name: ts.DeclarationName | undefined): name is ts.Identifier =>
  name !== undefined && ts.isIdentifier(name)

test('every entry point says what it is for', () => {
  const silent = entries.filter(({ source }) => {
    const text = surface.program.getSourceFile(source)!.getFullText()
    return !/^(import [^\n]*\n)*\s*\/\*\*(?:(?!\*\/).)*@module/s.test(text)
  })
  expect(silent.map(({ name }) => name)).toEqual([])
})

test('every export has a docstring', () => {
  expect(exported.length).toBeGreaterThan(400)
  const silent = exported.filter((symbol) => textOf(symbol) === '')
  expect(silent.map((symbol) => `${symbol.name} ${placeOf(symbol.declarations![0]!)}`)).toEqual([])
})

test('every property of an option bag, a record and a union has a docstring', () => {
  const silent = declared.flatMap(({ symbol, declaration }) =>
    membersOf(declaration)
      .filter((member) => isSpelledOut(member.name) && !isHidden(member))
      .filter((member) => textOf(checker.getSymbolAtLocation(member.name!)!) === '')
      .map((member) => `${symbol.name}.${member.name!.getText()} ${placeOf(member)}`),
  )
  expect(silent).toEqual([])
})

const saysSo = (symbol: ts.Symbol): boolean => /\b(throws?|thrown|rejects?)\b/i.test(textOf(symbol))

/** The interfaces a class implements: their docstrings hold for its methods. */
const implementedBy = (symbol: ts.Symbol): ts.Symbol[] =>
  (symbol.declarations ?? [])
    .filter((declaration) => ts.isClassDeclaration(declaration))
    .flatMap(({ heritageClauses }) => heritageClauses?.flatMap(({ types }) => types) ?? [])
    .flatMap(({ expression }) => checker.getSymbolAtLocation(expression) ?? [])
    .map((found) => surface.real(found))

type Callable = ts.FunctionDeclaration | ts.MethodDeclaration | ts.ArrowFunction

/** Functions and methods of the public surface. */
const callables = declared.flatMap(
  ({ symbol, declaration }): { name: string; node: Callable; of: ts.Symbol; by: ts.Symbol }[] => {
    if (ts.isFunctionDeclaration(declaration)) return [{ name: symbol.name, node: declaration, of: symbol, by: symbol }]
    if (ts.isVariableDeclaration(declaration) && declaration.initializer && ts.isArrowFunction(declaration.initializer))
      return [{ name: symbol.name, node: declaration.initializer, of: symbol, by: symbol }]
    if (!ts.isClassDeclaration(declaration)) return []
    return declaration.members
      .filter((member) => ts.isMethodDeclaration(member))
      .filter((method) => isSpelledOut(method.name) && !isHidden(method) && !isProtected(method))
      .map((node) => ({
        name: `${symbol.name}.${node.name.getText()}`,
        node,
        of: checker.getSymbolAtLocation(node.name)!,
        by: symbol,
      }))
  },
)

test('every method has a docstring', () => {
  expect(callables.length).toBeGreaterThan(150)
  const silent = callables.filter(({ of }) => textOf(of) === '')
  expect(silent.map(({ name, node }) => `${name} ${placeOf(node)}`)).toEqual([])
})

const isOurs = (node: ts.Node): boolean => node.getSourceFile().fileName.startsWith(packages)

/** Whether a call can end in one of our `throw` statements: its own, or one of a function of ours that it calls. */
const throwing = new Map<ts.Node, boolean>()
function throws(node: ts.Node): boolean {
  const known = throwing.get(node)
  if (known !== undefined) return known
  throwing.set(node, false)
  let found = false
  const visit = (inner: ts.Node): void => {
    if (found || (ts.isFunctionLike(inner) && inner !== node)) return
    // What a `try` block throws is caught.
    if (
      ts.isBlock(inner) &&
      ts.isTryStatement(inner.parent) &&
      inner.parent.tryBlock === inner &&
      inner.parent.catchClause
    )
      return
    if (ts.isThrowStatement(inner)) found = true
    if (ts.isCallExpression(inner) || ts.isNewExpression(inner)) {
      const called = checker.getResolvedSignature(inner)?.declaration
      if (called && isOurs(called) && throws(called)) found = true
    }
    ts.forEachChild(inner, visit)
  }
  ts.forEachChild(node, visit)
  throwing.set(node, found)
  return found
}

/** Their calls cannot meet the conditions under which what they call throws. */
const careful = [
  'formatAttrs',
  'toJson',
  'Writer.startNest',
  'Watch.resync',
  'SimulatedKernel.exit',
  'SimulatedKernel.run',
  'TcpSocket.reset',
  'firewallIn',
]

test('every function that throws says so', () => {
  const silent = callables
    .filter(({ node }) => throws(node))
    .filter(({ of, by }) => ![of, by, ...implementedBy(by)].some(saysSo))
    .filter(({ name }) => !careful.includes(name))
  expect(silent.map(({ name, node }) => `${name} ${placeOf(node)}`)).toEqual([])
})

/** Where programs begin with a package: each has an example, which `docs.test.ts` runs. */
const entryPoints = [
  ...[
    'openQueue',
    'openPool',
    'Queue',
    'Handler',
    'probe',
    'parseQueueStatus',
    'prometheusMetrics',
    'openTelemetryMetrics',
  ],
  ...['openNftables', 'Nftables', 'table', 'RuleBatch', 'parse'],
  ...['openConntrack', 'ConntrackTable', 'FlowLookup', 'saveLine', 'parseSaveLine', 'mirror'],
  ...['SimulatedKernel', 'expectOutcome', 'faulty'],
  ...['readCapture', 'record', 'replayPackets', 'replayTransport', 'netlinkDatagrams', 'PcapWriter', 'PcapngWriter'],
  ...['captureFile', 'gunzipped', 'FileSink', 'openMnl', 'Connection'],
  ...['Tracker', 'Stream'],
  ...[
    'messages',
    'format',
    'messageToJson',
    'decode',
    'encodeAttrs',
    'Attrs',
    'markdown',
    'encodeMessage',
    'netfilter',
    'Flow',
  ],
  ...['anyOf', 'parseIp', 'rewrite', 'checkRewrite', 'internetChecksum'],
  ...['tcp', 'udp', 'sctp', 'icmpEcho', 'icmpUnreachable', 'fragments', 'replyTo', 'ipPacket'],
  ...['parseAddress', 'parseNetwork', 'formatAddress', 'protocolName'],
  ...['clientHellos', 'ja4', 'QuicReader', 'httpRequests', 'httpExchange', 'decodeDns', 'dnsMessages'],
]

test('every entry point has an example', () => {
  const examples = new Set(
    exported
      .filter((symbol) => symbol.getJsDocTags(checker).some(({ name }) => name === 'example'))
      .map(({ name }) => name),
  )
  expect(entryPoints.filter((name) => !examples.has(name))).toEqual([])
  expect(examples.size).toBeGreaterThanOrEqual(entryPoints.length)
})
