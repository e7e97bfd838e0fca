import type { SyntaxNode } from '@lezer/common'
import type { Edits } from './edits.ts'
import { CompileError } from './problem.ts'

/** What is a type wherever it stands, or a word that only types have. */
const typeNodes = new Set([
  'TypeAnnotation',
  'TypePredicate',
  'TypeParamList',
  'TypeArgList',
  'Privacy',
  'readonly',
  'override',
  'abstract',
  'Optional',
])

/** Statements that declare nothing which runs. */
const typeStatements = new Set(['TypeAliasDeclaration', 'InterfaceDeclaration', 'AmbientDeclaration'])

/** What TypeScript would make code of. */
const notErasable: { readonly [node: string]: string } = {
  EnumDeclaration: 'an enum is not erasable: write an object',
  NamespaceDeclaration: 'a namespace is not erasable: write an object',
  TypeAssertion: 'write "value as Type": the older form is not read here',
}

/** Whether a statement is types and nothing else. */
export function isOnlyTypes(node: SyntaxNode): boolean {
  if (typeStatements.has(node.name)) return true
  const isFunction = node.name === 'FunctionDeclaration' || node.name === 'MethodDeclaration'
  if (isFunction) return node.getChild('Block') === null
  return node.name === 'PropertyDeclaration' && (node.getChild('declare') ?? node.getChild('abstract')) !== null
}

/** Takes out what is types of a node itself, and says whether its children are still to be looked at. Throws `CompileError`. */
export function eraseTypes(node: SyntaxNode, source: string, edits: Edits): boolean {
  const refusal = notErasable[node.name]
  if (refusal !== undefined) throw new CompileError(source, { from: node.from, to: node.to, message: refusal })
  if (isOnlyTypes(node)) {
    edits.blankStatement(node.from, node.to)
    return false
  }
  // The grammar takes "a < b || c >> d" for arguments of a type.
  if (node.name === 'TypeArgList' && /\|\||&&/.test(source.slice(node.from, node.to)))
    throw new CompileError(source, { from: node.from, to: node.to, message: 'put this comparison in parentheses' })
  if (typeNodes.has(node.name)) {
    erase(node, source, edits)
    return false
  }
  if (node.name === 'BinaryExpression') {
    const word = node.getChild('as') ?? node.getChild('satisfies')
    if (word !== null) edits.blank(word.from, node.to)
  }
  if (node.name === 'PostfixExpression' || node.name.endsWith('Declaration')) {
    for (const mark of node.getChildren('LogicOp'))
      if (source.slice(mark.from, mark.to) === '!') edits.blank(mark.from, mark.to)
  }
  if (node.name.startsWith('Class')) eraseImplements(node, edits)
  if (node.name === 'ParamList') checkParameters(node, source, edits)
  return true
}

/** Between the parameters of an arrow function and the arrow no line may end. */
function erase(node: SyntaxNode, source: string, edits: Edits): void {
  if (node.parent?.name === 'ArrowFunction' && source.slice(node.from, node.to).includes('\n'))
    edits.replace(node.from, node.to, '')
  else edits.blank(node.from, node.to)
}

function eraseImplements(node: SyntaxNode, edits: Edits): void {
  const word = node.getChild('implements')
  const body = node.getChild('ClassBody')
  if (word !== null && body !== null) edits.blank(word.from, body.from)
}

function checkParameters(node: SyntaxNode, source: string, edits: Edits): void {
  const word = node.getChild('Privacy') ?? node.getChild('readonly')
  if (word !== null) {
    const message = 'a parameter property is not erasable: declare the property, and assign it'
    throw new CompileError(source, { from: word.from, to: word.to, message })
  }
  const self = node.getChild('this')
  if (self === null) return
  const end = self.nextSibling?.nextSibling
  edits.blank(self.from, end?.name === ',' ? end.to : self.to)
}
