import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Handler } from '@nfkit/nfqueue'
import { firstLine, UserError } from '../terminal/failure.ts'

/** The default export of a module, as `queue.run` takes it. Rejects with one sentence when there is none. */
export async function loadHandler(path: string): Promise<Handler> {
  let module: { readonly default?: unknown }
  try {
    module = await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    throw new UserError(`the handler ${path} cannot be loaded: ${firstLine(error)}`)
  }
  if (typeof module.default === 'function') return module.default as Handler
  throw new UserError(
    `the handler ${path} has no default function: write "export default function (packet) { packet.accept() }"`,
  )
}
