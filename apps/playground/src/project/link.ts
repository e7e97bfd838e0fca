import { type Project, project } from './project.ts'

/** Bytes of JSON in a link, at most: a few compressed ones could be very many. */
const mostBytes = 2 * 1024 * 1024
const key = 'project='

/** A link is damaged, or none of ours. */
export class LinkError extends Error {
  override readonly name = 'LinkError'
}

/** The fragment of a link that has a project in it: `#project=…`. Browsers send it to no server. */
export async function fragmentOf(shared: Project): Promise<string> {
  const json = new Blob([JSON.stringify(shared)])
  const bytes = await new Response(json.stream().pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer()
  return `#${key}${base64(new Uint8Array(bytes))}`
}

/** The project in the fragment of a link; `undefined` where there is none. Rejects with `LinkError`. */
export async function projectIn(fragment: string): Promise<Project | undefined> {
  if (!fragment.startsWith(`#${key}`)) return undefined
  try {
    return project(JSON.parse(await inflated(bytesOf(fragment.slice(key.length + 1)))), 'project')
  } catch (error) {
    throw new LinkError(`the link is damaged: ${(error as Error).message}`)
  }
}

async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > mostBytes) throw new RangeError(`it has more than ${mostBytes >> 20} MiB in it`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** Of the alphabet that addresses take as it is (RFC 4648, 5). */
function base64(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
