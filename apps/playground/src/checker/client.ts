import declarations from 'virtual:declarations'
import type { Problem } from '../compile/problem.ts'
import TypesWorker from './worker.ts?worker'

/** The language's own code is large, and comes over the network: the first check takes longer. */
const firstMilliseconds = 60_000
/** Types can be written that are never done. */
const milliseconds = 10_000

type Problems = { readonly [path: string]: readonly Problem[] }

/** Checks types in a worker of its own, which is loaded with the first check. */
export class TypeChecker {
  #worker: Worker | undefined
  #checked = false

  /** What types forbid in each module. Rejects when the worker cannot be loaded, or takes too long: the next check begins with another. */
  check(modules: { readonly [path: string]: string }): Promise<Problems> {
    this.#worker ??= new TypesWorker()
    const worker = this.#worker
    const limit = this.#checked ? milliseconds : firstMilliseconds
    return new Promise<Problems>((resolve, reject) => {
      const fail = (why: string) => {
        worker.terminate()
        this.#worker = undefined
        this.#checked = false
        reject(new Error(why))
      }
      const timer = setTimeout(() => fail(`checking types took longer than ${limit / 1_000} seconds`), limit)
      worker.onerror = ({ message }) => fail(`the type checker failed: ${message}`)
      worker.onmessage = ({ data }: MessageEvent<{ readonly problems?: Problems; readonly failure?: string }>) => {
        clearTimeout(timer)
        if (data.problems === undefined) return fail(data.failure ?? 'the type checker failed')
        this.#checked = true
        resolve(data.problems)
      }
      worker.postMessage({ declarations: new URL(declarations, document.baseURI).href, modules })
    })
  }
}
