import type { Block } from './markdown.ts'

/** The code of a docstring's `@example`, without the stars, or `undefined` when there is none. */
function exampleIn(docstring: string): { readonly code: string; readonly at: number } | undefined {
  const [, before, text] = /^(.*?^ *\* @example\n)(.*?)(?=^ *\* @|^ *\*\/)/ms.exec(docstring) ?? []
  if (before === undefined || text === undefined) return undefined
  return { code: text.replace(/^ *\* ?/gm, ''), at: before.split('\n').length - 1 }
}

/** The examples in the docstrings of a source file. That of a method goes on where that of its class stopped. */
export function examplesOf(file: string, source: string): Block[] {
  let ofClass = ''
  return Array.from(source.matchAll(/^( *)\/\*\*\n.*?\*\/\n([^\n]*)/gms)).flatMap(
    ({ 0: docstring, 1: indent, 2: declared = '', index }): Block[] => {
      const example = exampleIn(docstring)
      const isClass = /^export (abstract )?class /.test(declared)
      if (isClass) ofClass = example?.code ?? ''
      if (example === undefined) return []
      const line = source.slice(0, index).split('\n').length + example.at
      return [{ file, line, language: 'ts', note: '', code: (indent === '' ? '' : ofClass) + example.code }]
    },
  )
}
