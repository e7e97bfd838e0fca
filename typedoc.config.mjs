import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Converter, ReflectionKind } from 'typedoc'

const at = (...path) => join(import.meta.dirname, ...path)

/** Every entry point of every package, by source file: what `exports` says. */
const names = new Map(
  readdirSync(at('packages')).flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(at('packages', folder, 'package.json'), 'utf8'))
    return Object.entries(exports).flatMap(([path, { 'nfkit-source': source }]) =>
      source === undefined ? [] : [[at('packages', folder, source), name + path.slice(1)]],
    )
  }),
)

/** Modules are called what is imported, not where their source is. */
const namedByImport = ({ converter }) => {
  converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return
    const file = context.getSymbolFromReflection?.(reflection)?.declarations?.[0]?.getSourceFile().fileName
    const name = Array.from(names).find(([source]) => file === source)?.[1]
    if (name !== undefined) reflection.name = name
  })
}

export default {
  name: 'nfkit',
  entryPoints: [...names.keys()],
  tsconfig: at('docs/tsconfig.json'),
  out: at('.cache/api'),
  readme: 'none',
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  treatWarningsAsErrors: true,
  plugin: [namedByImport],
}
