import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const types: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
}

/** A folder as any server of static files gives it below `base`: a path that ends with / is its index.html. */
export async function serve(folder: string, base: string) {
  const server = createServer(async ({ url = '/' }, response) => {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname)
    const inside = path.startsWith(base) ? path.slice(base.length - 1) : '/no such place'
    const file = join(folder, normalize(inside.endsWith('/') ? `${inside}index.html` : inside))
    try {
      const bytes = await readFile(file)
      response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream').end(bytes)
    } catch {
      response.writeHead(404).end('no such file')
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
