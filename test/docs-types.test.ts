import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { afterAll, expect, test } from 'vitest'
import { codeOn, documents, sources, writeCode } from './docs/pages.ts'
import { optionsOf } from './docs/surface.ts'

// Inside of the repository, where the packages are found; of this process alone.
const workshop = join(import.meta.dirname, `../.cache/docs-types-${process.pid}`)

afterAll(() => rmSync(workshop, { recursive: true, force: true }))

/** Every snippet is a module, so that no two share their names. */
const asModule = (code: string): string => `${code}\nexport {}\n`

test('the code of READMEs, guides and docstrings is well typed', () => {
  const files = [...documents, ...sources].flatMap((page) => {
    const blocks = codeOn(page)
    return blocks.flatMap(({ note }, at) => (note === '' ? [writeCode(workshop, blocks, at, asModule)] : []))
  })
  const program = ts.createProgram(files, {
    ...optionsOf(),
    // What a snippet shows is often the whole of its use.
    noUnusedLocals: false,
    noUnusedParameters: false,
    allowJs: true,
    checkJs: true,
  })
  // JavaScript is checked as far as its values have types: it cannot give a parameter one.
  const isMissingType = ({ code, file }: ts.Diagnostic) =>
    code >= 7000 && code < 8000 && !file?.fileName.endsWith('.ts')
  const mistakes = files
    .flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
    .filter((mistake) => !isMissingType(mistake))
    .map(({ file, start, messageText }) => {
      const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1
      return `${relative(workshop, file?.fileName ?? '')}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    })
  expect(files.length).toBeGreaterThan(50)
  expect(mistakes).toEqual([])
})
