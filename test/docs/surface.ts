import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const root = join(import.meta.dirname, '../..')

export const packages = join(root, 'packages')

/** An entry point of a package: what an import statement names, and the source file behind it. */
export interface Entry {
  readonly name: string
  readonly source: string
}

/** Every entry point of every package: what `exports` says. */
export const entries: readonly Entry[] = readdirSync(packages).flatMap((folder) => {
  const { name, exports } = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8'))
  return Object.entries<Record<string, string>>(exports).flatMap(([path, target]) => {
    const source = target['nfkit-source']
    return source === undefined ? [] : [{ name: join(name, path), source: join(packages, folder, source) }]
  })
})

/** The compiler's options for code that uses the packages. */
export function optionsOf(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile)
  return { ...ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root).options, types: ['node'] }
}

/** The public surface as the compiler sees it. */
export class Surface {
  readonly program = ts.createProgram(
    entries.map(({ source }) => source),
    optionsOf(),
  )
  readonly checker = this.program.getTypeChecker()

  /** What an entry point exports, by the names it exports them under. */
  exportsOf({ source }: Entry): readonly ts.Symbol[] {
    return this.checker.getExportsOfModule(this.checker.getSymbolAtLocation(this.program.getSourceFile(source)!)!)
  }

  /** The symbol that an export stands for. */
  real(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol
  }
}

/** Not part of the surface: private, or marked `@internal`. */
export const isHidden = (node: ts.Node): boolean =>
  ts.getJSDocTags(node).some(({ tagName }) => tagName.text === 'internal') ||
  (ts.canHaveModifiers(node) &&
    ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) === true) ||
  (ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name))
