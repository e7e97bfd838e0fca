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
    throw new UserError(`the handler ${path} cannot be loaded: ${reasonOf(error)}`)
  }
  if (typeof module.default === 'function') return module.default as Handler
  throw new UserError(
    `the handler ${path} has no default function: write "export default function (packet) { packet.accept() }"`,
  )
}

function reasonOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException | undefined)?.code !== 'ERR_UNKNOWN_FILE_EXTENSION') return firstLine(error)
  return `this Node (${process.version}) runs JavaScript: compile TypeScript first, or use Node 22.18 or newer`
}
