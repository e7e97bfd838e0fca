import type { SyntaxNode } from '@lezer/common'
import type { Edits } from './edits.ts'
import { CompileError } from './problem.ts'
import { isOnlyTypes } from './types.ts'

const text = (node: SyntaxNode, source: string): string => source.slice(node.from, node.to)

function children(node: SyntaxNode): SyntaxNode[] {
  const list: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) list.push(child)
  return list
}

/** A name in braces, and what it is called on the other side. */
type Renamed = readonly [from: string, to: string]

/** What is in the braces of an import or export, without types. */
function namesIn(group: SyntaxNode, source: string): Renamed[] {
  const items: SyntaxNode[][] = [[]]
  for (const child of children(group)) {
    if (child.name === ',') items.push([])
    else if (child.name !== '{' && child.name !== '}') items.at(-1)!.push(child)
  }
  return items
    .filter(([first]) => first !== undefined && first.name !== 'type')
    .map((item) => [text(item[0]!, source), text(item.at(-1)!, source)])
}

/** `import` becomes a call of `require`. */
export function eraseImport(node: SyntaxNode, source: string, edits: Edits): void {
  const from = node.getChild('String')
  const parts = children(node)
  if (from === null)
    throw new CompileError(source, { from: node.from, to: node.to, message: 'an import has a name in quotes' })
  if (parts[1]?.name === 'type') {
    edits.blankStatement(node.from, node.to)
    return
  }
  const loaded = `require(${text(from, source)})`
  const said: string[] = []
  const own = parts[1]!
  if (own.name === 'VariableDefinition') said.push(`const { default: ${text(own, source)} } = ${loaded};`)
  const group = node.getChild('ImportGroup')
  if (group !== null) {
    const names = namesIn(group, source).map(([name, as]) => (name === as ? name : `${name}: ${as}`))
    if (names.length > 0) said.push(`const { ${names.join(', ')} } = ${loaded};`)
  }
  const star = parts.findIndex(({ name }) => name === 'Star')
  if (star >= 0) said.push(`const ${text(parts[star + 2]!, source)} = ${loaded};`)
  const lines = text(node, source).replace(/[^\n]/g, '')
  edits.replace(
    node.from,
    node.to,
    (said.length === 0 && own.name === 'String' ? `${loaded};` : said.join(' ')) + lines,
  )
}

/** `export` becomes a property of `exports`; returns what is said at the end, when everything is declared. */
export function eraseExport(node: SyntaxNode, source: string, edits: Edits): readonly string[] {
  const parts = children(node)
  const [, second, third] = parts
  const group = node.getChild('ExportGroup')
  const declaration = parts.find(({ name }) => name.endsWith('Declaration'))
  if (second?.name === 'type' || (declaration !== undefined && isOnlyTypes(declaration))) {
    edits.blankStatement(node.from, node.to)
    return []
  }
  if (node.getChild('String') !== null) {
    const message = 'exports are declared here: import first what is to be exported from elsewhere'
    throw new CompileError(source, { from: node.from, to: node.to, message })
  }
  if (second?.name === 'default') {
    const name = declaration?.getChild('VariableDefinition')
    if (name == null) {
      edits.replace(node.from, second.to, 'exports.default =')
      return []
    }
    edits.blank(node.from, declaration!.from)
    return [`exports.default = ${text(name, source)};`]
  }
  if (group !== null) {
    const names = namesIn(group, source)
    edits.blankStatement(node.from, node.to)
    return names.map(([name, as]) => `exports.${as} = ${name};`)
  }
  edits.blank(node.from, (second ?? third ?? node).from)
  return (declaration?.getChildren('VariableDefinition') ?? []).map((name) => {
    const said = text(name, source)
    return `exports.${said} = ${said};`
  })
}
