import { Checker } from './program.ts'

/** What the worker is asked: where the declarations are, and what to check. */
export interface Check {
  readonly declarations: string
  readonly modules: { readonly [path: string]: string }
}

const checkers = new Map<string, Promise<Checker>>()

async function load(address: string): Promise<Checker> {
  const response = await fetch(address)
  if (!response.ok) throw new Error(`the declarations could not be loaded: ${response.status}`)
  return new Checker(new Map(Object.entries((await response.json()) as { readonly [path: string]: string })))
}

addEventListener('message', async ({ data: { declarations, modules } }: MessageEvent<Check>) => {
  if (!checkers.has(declarations)) checkers.set(declarations, load(declarations))
  try {
    postMessage({ problems: (await checkers.get(declarations)!).check(modules) })
  } catch (error) {
    checkers.delete(declarations)
    postMessage({ failure: (error as Error).message })
  }
})
