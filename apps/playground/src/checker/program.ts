import ts from 'typescript'
import type { Problem } from '../compile/problem.ts'

/** Texts by path. */
export type Files = ReadonlyMap<string, string>

/** What there is beside the language where rules and judges run. */
const surroundings = `
interface Console { log(...values: unknown[]): void; info(...values: unknown[]): void; warn(...values: unknown[]): void; error(...values: unknown[]): void; debug(...values: unknown[]): void }
declare const console: Console
declare function setTimeout(run: () => void, milliseconds?: number): number
declare function clearTimeout(timer: number | undefined): void
declare function queueMicrotask(run: () => void): void
declare function structuredClone<T>(value: T): T
declare class TextEncoder { encode(text?: string): Uint8Array<ArrayBuffer> }
declare class TextDecoder { constructor(label?: string, options?: { fatal?: boolean }); decode(bytes?: Uint8Array): string }
declare const performance: { now(): number }
`

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
}

/** Checks modules against the declarations of what they import. */
export class Checker {
  readonly #files: Map<string, string>
  readonly #folders = new Set<string>(['/'])
  readonly #service: ts.LanguageService
  #version = 0

  constructor(declarations: Files) {
    this.#files = new Map([...declarations, ['/surroundings.d.ts', surroundings]])
    for (const path of this.#files.keys())
      for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
        this.#folders.add(path.slice(0, at))
    this.#service = ts.createLanguageService(this.#host())
  }

  /** What the types of each module forbid. */
  check(modules: { readonly [path: string]: string }): { readonly [path: string]: readonly Problem[] } {
    this.#version++
    for (const [path, text] of Object.entries(modules)) this.#files.set(path, text)
    return Object.fromEntries(Object.keys(modules).map((path) => [path, this.#problems(path)]))
  }

  #problems(path: string): readonly Problem[] {
    return [...this.#service.getSyntacticDiagnostics(path), ...this.#service.getSemanticDiagnostics(path)].map(
      ({ start = 0, length = 0, messageText }) => ({
        from: start,
        to: start + length,
        message: ts.flattenDiagnosticMessageText(messageText, '\n').slice(0, 2_000),
      }),
    )
  }

  #host(): ts.LanguageServiceHost {
    const files = this.#files
    const own = () => [...files.keys()].filter((path) => /^\/[^/]+\.ts$/.test(path) && !path.startsWith('/lib.'))
    return {
      getCompilationSettings: () => options,
      getScriptFileNames: own,
      getScriptVersion: (path) => (own().includes(path) ? `${this.#version}` : '0'),
      getScriptSnapshot: (path) => {
        const text = files.get(path)
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
      },
      getCurrentDirectory: () => '/',
      getDefaultLibFileName: () => '/lib.es2023.d.ts',
      fileExists: (path) => files.has(path),
      readFile: (path) => files.get(path),
      directoryExists: (path) => this.#folders.has(path),
      getDirectories: () => [],
    }
  }
}
