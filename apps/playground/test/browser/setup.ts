import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { build } from 'vite'
import type { TestProject } from 'vitest/node'
import { unbuilt } from '../../build/declarations.ts'

/** The playground, built and served; or why it cannot be looked at here. */
export type Served =
  | { readonly address: string; readonly folder: string; readonly chromium: string }
  | { readonly obstacle: string }

declare module 'vitest' {
  interface ProvidedContext {
    readonly playground: Served
  }
}

const types: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
}

/** Builds the playground into a folder of its own, and serves it below a path, as a site would. */
export default async function setup(project: TestProject): Promise<(() => void) | undefined> {
  const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium'
  const obstacle = existsSync(chromium)
    ? unbuilt()
    : `there is no ${chromium}: install chromium, or name one in CHROMIUM`
  if (obstacle !== undefined) {
    project.provide('playground', { obstacle })
    return undefined
  }
  const folder = mkdtempSync(join(tmpdir(), 'nfkit-playground-'))
  const root = resolve(import.meta.dirname, '../..')
  await build({ root, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } })
  const server = served(folder)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  project.provide('playground', { address: `http://127.0.0.1:${port}${path}`, folder, chromium })
  return () => {
    server.close()
    server.closeAllConnections()
    rmSync(folder, { recursive: true })
  }
}

const path = '/somewhere/playground/'

/** A server that has the playground and nothing else. `/asked` tells what it was asked for, all else included. */
function served(folder: string): Server {
  const asked: string[] = []
  return createServer(({ url = '' }, response) => {
    const name = new URL(url, 'http://localhost').pathname
    if (name === '/asked') return response.end(JSON.stringify(asked))
    asked.push(name)
    const file = name.startsWith(path) ? join(folder, name.slice(path.length) || 'index.html') : ''
    if (!file.startsWith(folder) || !existsSync(file)) return response.writeHead(404).end()
    return response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain' }).end(readFileSync(file))
  })
}
