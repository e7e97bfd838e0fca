import type { SyntaxNode } from '@lezer/common'
import { parser } from '@lezer/javascript'
import { Edits } from './edits.ts'
import { eraseExport, eraseImport } from './modules.ts'
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
  const tree = typescript.parse(source)
  tree.iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) throw new CompileError(source, { from, to, message: unread(from, source) })
    },
  })
  walk(tree.topNode)
  return [edits.applied(), ...last].join('\n')
}

function unread(at: number, source: string): string {
  const word = /^\s*(\S{1,20})/.exec(source.slice(at))?.[1]
  return word === undefined
    ? 'something is missing at the end'
    : `"${word}" cannot stand here, or something before it is missing`
}
