import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Collect garbage now, in the engine at hand. */
export const collect: () => void = collector()

function collector(): () => void {
  const { Bun } = globalThis as { Bun?: { gc(isSynchronous: boolean): void } }
  if (Bun !== undefined) return () => Bun.gc(true)
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}
