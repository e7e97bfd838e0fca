import type { Block } from './markdown.ts'

/** The code of a docstring's `@example`s, without the stars, and how many lines stand above each. */
const examplesIn = (docstring: string): { readonly code: string; readonly above: number }[] =>
  Array.from(docstring.matchAll(/^ *\* @example\n(.*?)(?=^ *\* @|^ *\*\/)/gms), ({ index, 1: text = '' }) => ({
    code: text.replace(/^ *\* ?/gm, ''),
    above: docstring.slice(0, index).split('\n').length,
  }))

/** The examples in the docstrings of a source file. That of a method goes on where that of its class or interface stopped. */
export function examplesOf(file: string, source: string): Block[] {
  let ofClass = ''
  return Array.from(source.matchAll(/^( *)\/\*\*\n.*?\*\/\n([^\n]*)/gms)).flatMap(
    ({ 0: docstring, 1: indent, 2: declared = '', index }): Block[] => {
      const examples = examplesIn(docstring)
      if (/^export ((abstract )?class|interface) /.test(declared)) ofClass = examples.map(({ code }) => code).join('')
      const first = source.slice(0, index).split('\n').length
      const before = indent === '' ? '' : ofClass
      return examples.map(({ code, above }) => ({
        file,
        line: first + above,
        language: 'ts',
        note: '',
        code: before + code,
      }))
    },
  )
}
