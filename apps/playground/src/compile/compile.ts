import type { SyntaxNode, Tree } from '@lezer/common'
import { parser } from '@lezer/javascript'
import { Edits } from './edits.ts'
import { eraseExport, eraseImport } from './modules.ts'
import { withoutPredicate } from './predicates.ts'
import { CompileError } from './problem.ts'
import { eraseTypes } from './types.ts'

const typescript = parser.configure({ dialect: 'ts' })

/** Characters of one text, at most. */
export const longestSource = 64 * 1024

/**
 * The JavaScript of a module in TypeScript: the body of a function of `require` and `exports`. Types are taken out as they are, so that lines
 * stay what they were; what could not be taken out is refused. Throws `CompileError`.
 */
export function compile(source: string): string {
  if (source.length > longestSource)
    throw new CompileError(source, { from: 0, to: 0, message: `more than ${longestSource} characters` })
  const edits = new Edits(source)
  const last: string[] = []
  const walk = (node: SyntaxNode): void => {
    if (node.name === 'ImportDeclaration') {
      eraseImport(node, source, edits)
      return
    }
    if (node.name === 'ExportDeclaration') last.push(...eraseExport(node, source, edits))
    else if (!eraseTypes(node, source, edits)) return
    for (let child = node.firstChild; child; child = child.nextSibling) walk(child)
  }
  walk(parsed(source).topNode)
  return [edits.applied(), ...last].join('\n')
}

/** The text as a tree. Throws `CompileError`. */
function parsed(source: string): Tree {
  for (let text: string | undefined = source; ; ) {
    const tree = typescript.parse(text)
    const mistake = firstMistake(tree)
    if (mistake === undefined) return tree
    text = withoutPredicate(text, mistake.from)
    if (text === undefined) throw new CompileError(source, { ...mistake, message: unread(mistake.from, source) })
  }
}

function firstMistake(tree: Tree): { readonly from: number; readonly to: number } | undefined {
  let first: { readonly from: number; readonly to: number } | undefined
  tree.iterate({
    enter({ type, from, to }) {
      if (type.isError) first ??= { from, to }
      return first === undefined
    },
  })
  return first
}

function unread(at: number, source: string): string {
  const word = /^\s*(\S{1,20})/.exec(source.slice(at))?.[1]
  return word === undefined
    ? 'something is missing at the end'
    : `"${word}" cannot stand here, or something before it is missing`
}
