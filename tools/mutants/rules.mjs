/** Mutants of a source file, by rule: each is the same program with one small fault. */
import ts from 'typescript'

const K = ts.SyntaxKind

/** What an operator is mistaken for. */
const mistaken = new Map([
  [K.LessThanToken, '<='],
  [K.LessThanEqualsToken, '<'],
  [K.GreaterThanToken, '>='],
  [K.GreaterThanEqualsToken, '>'],
  [K.EqualsEqualsEqualsToken, '!=='],
  [K.ExclamationEqualsEqualsToken, '==='],
  [K.PlusToken, '-'],
  [K.MinusToken, '+'],
  [K.AsteriskToken, '+'],
  [K.SlashToken, '*'],
  [K.PercentToken, '*'],
  [K.AmpersandToken, '|'],
  [K.BarToken, '&'],
  [K.CaretToken, '&'],
  [K.LessThanLessThanToken, '>>'],
  [K.GreaterThanGreaterThanToken, '<<'],
  [K.GreaterThanGreaterThanGreaterThanToken, '<<'],
  [K.AmpersandAmpersandToken, '||'],
  [K.BarBarToken, '&&'],
  [K.PlusEqualsToken, '-='],
  [K.MinusEqualsToken, '+='],
  [K.BarEqualsToken, '&='],
  [K.AmpersandEqualsToken, '|='],
])

const isText = (node) => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)

/** Rules: a node, and the replacements `[node, text]` it invites. */
const rules = {
  operator(node) {
    if (!ts.isBinaryExpression(node)) return []
    const other = mistaken.get(node.operatorToken.kind)
    const joinsText = node.operatorToken.kind === K.PlusToken && (isText(node.left) || isText(node.right))
    return other === undefined || joinsText ? [] : [[node.operatorToken, other]]
  },
  default(node) {
    return ts.isBinaryExpression(node) && node.operatorToken.kind === K.QuestionQuestionToken
      ? [[node, `(${node.left.getText()})`]]
      : []
  },
  negation(node) {
    return ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken
      ? [[node, `(${node.operand.getText()})`]]
      : []
  },
  condition(node) {
    const condition = ts.isIfStatement(node)
      ? node.expression
      : ts.isConditionalExpression(node)
        ? node.condition
        : undefined
    return condition === undefined ? [] : ['true', 'false'].map((text) => [condition, text])
  },
  constant(node) {
    if (ts.isNumericLiteral(node)) return [[node, `(${node.getText()} + 1)`]]
    if (ts.isBigIntLiteral(node)) return [[node, `(${node.getText()} + 1n)`]]
    if (node.kind === K.TrueKeyword) return [[node, 'false']]
    if (node.kind === K.FalseKeyword) return [[node, 'true']]
    return []
  },
  statement(node) {
    const goes = ts.isExpressionStatement(node) || ts.isThrowStatement(node) || ts.isBreakOrContinueStatement(node)
    const isSuper = goes && ts.isExpressionStatement(node) && node.getText().startsWith('super(')
    return goes && !isSuper ? [[node, ';']] : []
  },
}

/** Names of properties and the insides of types are no expressions. */
const isExpression = (node) =>
  !(ts.isPropertyAssignment(node.parent) && node.parent.name === node) && !ts.isTypeNode(node)

/** The mutants of a file: `{ line, lineText, column, rule, was, is, text }`, where `text` is the whole file with the fault. */
export function mutantsOf(path, source) {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true)
  const lines = source.split('\n')
  const found = []
  visit(file)
  return found

  function visit(node) {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isImportDeclaration(node)) return
    if (node.parent !== undefined && isExpression(node))
      for (const [rule, of] of Object.entries(rules)) for (const [place, is] of of(node)) add(rule, place, is)
    ts.forEachChild(node, visit)
  }

  function add(rule, place, is) {
    const [start, end] = [place.getStart(), place.getEnd()]
    const line = file.getLineAndCharacterOfPosition(start).line + 1
    const was = place.getText().replace(/\s+/g, ' ')
    const lineText = lines[line - 1].trim()
    found.push({ line, lineText, column: start, rule, was, is, text: source.slice(0, start) + is + source.slice(end) })
  }
}
