import type { Answer, Request } from '../protocol/request.ts'
import { Notes } from './code/notes.ts'
import { Lab } from './lab.ts'

// The worker of the sandbox: code that may be anyone's runs here. Nothing gets out of it but JSON over one port.

declare const self: {
  onmessage: ((event: MessageEvent) => void) | null
  Worker?: unknown
  SharedWorker?: unknown
}
const { parse: _, stringify } = JSON
const notes = new Notes()

/** What needs nothing more than memory is left; the frame's policy forbids the network, whatever a program finds. */
self.Worker = undefined
self.SharedWorker = undefined
for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
  console[level] = (...values: unknown[]) => notes.code(...values)

self.onmessage = ({ ports: [port] }) => {
  self.onmessage = null
  if (port) serve(port)
}

function serve(port: MessagePort): void {
  const post = port.postMessage.bind(port)
  const answer = (said: Answer) => post(stringify(said))
  let lab: Lab | undefined
  const does: { readonly [K in Request['kind']]: (request: Extract<Request, { kind: K }>) => unknown } = {
    begin: async ({ setup }) => {
      lab = await Lab.begin(setup, notes)
    },
    send: ({ line }) => lab!.send(line),
    talk: ({ talk }) => lab!.talk(talk),
    replay: ({ capture }) => lab!.replay(capture),
    advance: ({ seconds }) => lab!.advance(seconds),
  }
  port.onmessage = async ({ data }: MessageEvent<Request>) => {
    try {
      await (does[data.kind] as (request: Request) => unknown)(data)
      answer({ scene: await lab!.scene() })
    } catch (error) {
      answer({ failure: failureText(error) })
    }
  }
}

const failureText = (error: unknown): string => {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, 4_000)
  } catch {
    return 'what was thrown cannot be shown'
  }
}
