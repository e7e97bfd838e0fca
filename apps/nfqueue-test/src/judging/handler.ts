import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Handler } from '@nfkit/nfqueue'
import { firstLine, UserError } from '../terminal/failure.ts'

/** The default export of a module, as `queue.run` takes it. Rejects with one sentence when there is none. */
export const loadHandler = async (path: string): Promise<Handler> =>
  (await defaultFunction('handler', path, 'export default function (packet) { packet.accept() }')) as Handler

/** How often modules were loaded: a name that is new has Node read the file anew. */
let loads = 0

/** The default function of a module, read anew each time. `what` it is; `example` is what to write. Rejects with one sentence when there is none. */
export async function defaultFunction(what: string, path: string, example: string): Promise<unknown> {
  let module: { readonly default?: unknown }
  try {
    // Node would read a device for ever.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) throw new UserError('it is no file')
    module = await import(`${pathToFileURL(resolve(path)).href}${loads === 0 ? '' : `?${loads}`}`)
    loads++
  } catch (error) {
    throw new UserError(`the ${what} ${path} cannot be loaded: ${reasonOf(error)}`)
  }
  if (typeof module.default === 'function') return module.default
  throw new UserError(`the ${what} ${path} has no default function: write "${example}"`)
}

function reasonOf(error: unknown): string {
  if (error instanceof UserError) return error.message
  if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_UNKNOWN_FILE_EXTENSION') return firstLine(error)
  return `this Node (${process.version}) runs JavaScript: compile TypeScript first, or use Node 22.18 or newer`
}
