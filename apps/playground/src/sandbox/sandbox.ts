import { limits } from '../protocol/limits.ts'
import type { Request } from '../protocol/request.ts'
import { type Scene, scene } from '../protocol/scene.ts'
import { object, ShapeError, text } from '../protocol/shape.ts'

/** The code failed, or did not end, or broke the rules; `message` is text of the code's own, and is shown as text. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  /** Whether the sandbox is gone, and the kernel in it. */
  readonly isOver: boolean

  constructor(message: string, isOver: boolean) {
    super(message)
    this.isOver = isOver
  }
}

interface Asked {
  readonly resolve: (scene: Scene) => void
  readonly reject: (error: SandboxError) => void
  readonly timer: ReturnType<typeof setTimeout>
}

const failure = object<{ readonly failure: string }>({ failure: text(4_000) })
const seen = object<{ readonly scene: Scene }>({ scene })

/** What the sandbox said, as far as it is what it may be. Throws `ShapeError` and `SyntaxError`. */
function answerIn(data: unknown): Scene | SandboxError {
  const said: unknown = JSON.parse(text(limits.answer)(data, 'answer'))
  const isFailure = typeof said === 'object' && said !== null && 'failure' in said
  return isFailure ? new SandboxError(failure(said, 'answer').failure, false) : seen(said, 'answer').scene
}

/**
 * A frame with an origin of its own, no network and one worker, in which code runs that may be anyone's. It answers one request at a time, each before a
 * deadline; what else it says, or says in another form, ends it.
 */
export class Sandbox {
  readonly #frame: HTMLIFrameElement
  readonly #port: MessagePort
  #asked: Asked | undefined
  #isOver = false

  private constructor(frame: HTMLIFrameElement, port: MessagePort) {
    this.#frame = frame
    this.#port = port
    port.onmessage = ({ data }) => this.#hear(data)
    port.onmessageerror = () => this.#end('the sandbox said something that cannot be read')
  }

  /** Put a frame into a document, and have it run a script. */
  static async open(page: string, script: string, parent: HTMLElement): Promise<Sandbox> {
    const frame = document.createElement('iframe')
    frame.setAttribute('sandbox', 'allow-scripts')
    frame.hidden = true
    frame.title = 'Sandbox'
    frame.src = page
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
    parent.append(frame)
    await loaded
    const { port1, port2 } = new MessageChannel()
    const sandbox = new Sandbox(frame, port1)
    // A frame without a place of its own can be named by no origin.
    frame.contentWindow!.postMessage(script, '*', [port2])
    return sandbox
  }

  /** Whether it takes no more requests. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Ask, and wait for the answer, but not for longer. Rejects with `SandboxError`. */
  ask(request: Request, milliseconds: number): Promise<Scene> {
    if (this.#isOver || this.#asked)
      return Promise.reject(new SandboxError('the sandbox is busy, or over', this.#isOver))
    return new Promise((resolve, reject) => {
      const seconds = milliseconds / 1_000
      const end = () => this.#end(`the code did not end within ${seconds} seconds, and was stopped`)
      this.#asked = { resolve, reject, timer: setTimeout(end, milliseconds) }
      this.#port.postMessage(request)
    })
  }

  /** End everything in it, whatever it does. */
  close(): void {
    this.#end('the sandbox was closed')
  }

  #hear(data: unknown): void {
    const asked = this.#asked
    try {
      if (asked === undefined) throw new ShapeError('it was not asked')
      const answer = answerIn(data)
      this.#asked = undefined
      clearTimeout(asked.timer)
      if (answer instanceof SandboxError) asked.reject(answer)
      else asked.resolve(answer)
    } catch (error) {
      if (!(error instanceof ShapeError || error instanceof SyntaxError)) throw error
      this.#end(`the code said something that is no answer, and was stopped: ${error.message}`)
    }
  }

  #end(why: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#port.close()
    this.#frame.remove()
    clearTimeout(this.#asked?.timer)
    this.#asked?.reject(new SandboxError(why, true))
    this.#asked = undefined
  }
}
