import type { Request, Setup } from '../protocol/request.ts'
import type { Scene } from '../protocol/scene.ts'
import { Sandbox, SandboxError } from './sandbox.ts'

/** Where the parts of a sandbox are. */
export interface Places {
  /** Address of the frame's page. */
  readonly page: string
  /** Address of the script that runs in its worker. */
  readonly script: string
}

/** How long each kind of request may take, in milliseconds. */
const deadlines: { readonly [K in Request['kind']]: number } = {
  begin: 4_000,
  send: 3_000,
  talk: 10_000,
  replay: 20_000,
  advance: 3_000,
}

/** A kernel with the rules and the judge of the page: set up anew when these change, or after it was stopped. */
export class Session {
  readonly #places: Places
  #script: Promise<string> | undefined
  #sandbox: Sandbox | undefined

  constructor(places: Places) {
    this.#places = places
  }

  /** Fetch what will be needed. */
  prepare(): Promise<string> {
    this.#script ??= fetch(this.#places.script).then((response) => {
      if (!response.ok) throw new SandboxError(`the simulator could not be loaded: ${response.status}`, true)
      return response.text()
    })
    return this.#script
  }

  /** Whether there is a kernel. */
  get isReady(): boolean {
    return this.#sandbox !== undefined && !this.#sandbox.isOver
  }

  /** Begin with another kernel. Rejects with `SandboxError`. */
  async begin(setup: Setup): Promise<Scene> {
    this.end()
    const script = await this.prepare()
    const sandbox = await Sandbox.open(this.#places.page, script, document.body)
    this.#sandbox = sandbox
    try {
      return await sandbox.ask({ kind: 'begin', setup }, deadlines.begin)
    } catch (error) {
      sandbox.close()
      throw error
    }
  }

  /** Ask the kernel there is. Rejects with `SandboxError`. */
  ask(request: Exclude<Request, { readonly kind: 'begin' }>): Promise<Scene> {
    if (this.#sandbox === undefined) return Promise.reject(new SandboxError('there is no kernel yet', true))
    return this.#sandbox.ask(request, deadlines[request.kind])
  }

  end(): void {
    this.#sandbox?.close()
    this.#sandbox = undefined
  }
}
