import { execFile, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { QuicReader } from '../src/quic/index.ts'
import { type ClientHello, clientHellos, ja4, type ServerHello, serverHellos, tlsVersion } from '../src/tls/index.ts'
import { everywhere, joined, outcome } from './split.ts'

const folder = mkdtempSync(join(tmpdir(), 'streams-clients-'))
const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
const host = 'www.example.com'

beforeAll(() => {
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  const subject = ['-subj', `/CN=${host}`, '-keyout', keyFile, '-out', certFile]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject], {
    stdio: 'ignore',
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

const has = (program: string): boolean => {
  try {
    execFileSync('which', [program], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Both sides of the connection that a client makes to a TLS server of Node, as they passed. */
async function conversation(client: (port: number) => Promise<void>, options: TlsOptions = {}) {
  const key = { key: readFileSync(keyFile), cert: readFileSync(certFile) }
  const tls = createTlsServer({ ...key, ALPNProtocols: ['http/1.1'], ...options }, (socket) => {
    socket.on('error', () => {})
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  })
  tls.on('tlsClientError', () => {})
  const tlsPort = await listening(tls)
  const said = { client: [] as Buffer[], server: [] as Buffer[] }
  const between = createTcpServer((socket) => {
    const onward = connect(tlsPort, '127.0.0.1')
    for (const [from, to, chunks] of [[socket, onward, said.client] as const, [onward, socket, said.server] as const]) {
      from.on('data', (chunk) => chunks.push(chunk))
      from.on('error', () => {})
      from.pipe(to)
    }
  })
  try {
    await client(await listening(between))
  } finally {
    between.close()
    tls.close()
  }
  return { client: joined(...said.client), server: joined(...said.server) }
}

/** Run a program to its end, whatever that is. */
const run = (program: string, args: readonly string[]): Promise<void> =>
  new Promise((resolve) => {
    execFile(program, args, { timeout: 20_000 }, () => resolve()).stdin?.end()
  })

const clients: { readonly [name: string]: (port: number) => Promise<void> } = {
  openssl: (port) =>
    run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-servername', host, '-alpn', 'http/1.1']),
  curl: (port) => run('curl', ['-sk', '--connect-to', `${host}:443:127.0.0.1:${port}`, `https://${host}/`]),
  node: (port) =>
    new Promise((resolve) => {
      const options = {
        host: '127.0.0.1',
        port,
        servername: host,
        rejectUnauthorized: false,
        ALPNProtocols: ['http/1.1'],
      }
      const socket = connectTls(options, () => socket.end())
      socket
        .on('error', () => {})
        .on('close', () => resolve())
        .resume()
    }),
}

const hellosOf = (said: { readonly client: Uint8Array; readonly server: Uint8Array }) => {
  const client = outcome(clientHellos(), said.client)
  const server = outcome(serverHellos(), said.server)
  expect([client.problem, server.problem]).toEqual([undefined, undefined])
  return { client: client.results as ClientHello[], server: server.results as ServerHello[] }
}

describe('Chromium says hello', () => {
  const isThere = has('chromium')
  if (!isThere) console.warn('clients.kernel.test.ts: chromium is skipped: it is not installed')

  /** Start it with every name resolved to one port here, and wait until it has said enough. */
  async function started(port: number, url: string, isEnough: () => boolean): Promise<void> {
    const switches = ['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(folder, 'profile')}`]
    const here = [`--host-resolver-rules=MAP * 127.0.0.1:${port}`, '--origin-to-force-quic-on=quic.example:443']
    const browser = spawn('chromium', [...switches, ...here, url], { stdio: 'ignore', detached: true })
    const ended = new Promise((resolve) => browser.once('exit', resolve))
    try {
      await expect.poll(isEnough, { timeout: 50_000, interval: 50 }).toBe(true)
    } finally {
      process.kill(-browser.pid!, 'SIGKILL')
      await ended
    }
  }

  test.skipIf(!isThere)('over TCP, and is read', async () => {
    const streams: Buffer[][] = []
    const server = createTcpServer((socket) => {
      const chunks: Buffer[] = []
      streams.push(chunks)
      socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {})
    })
    // It says other things, too, in the clear.
    const hellos = () =>
      streams.flatMap((chunks) => outcome(clientHellos(), joined(...chunks)).results as ClientHello[])
    const isThere = () => hellos().some(({ serverName }) => serverName === host)
    await started(await listening(server), `https://${host}/`, isThere)
    server.close()
    const hello = hellos().find(({ serverName }) => serverName === host)
    expect(hello).toMatchObject({ alpn: ['h2', 'http/1.1'], ech: 'outer', odd: [] })
    expect(ja4(hello!)).toMatch(/^t13d15\d\dh2_8daaf6152771_[0-9a-f]{12}$/)
  })

  test.skipIf(!isThere)('over QUIC, and is read', async () => {
    const socket = createSocket('udp4')
    const readers = new Map<number, QuicReader>()
    const hellos: ClientHello[] = []
    socket.on('message', async (bytes, { port }) => {
      const reader = readers.get(port) ?? new QuicReader()
      readers.set(port, reader)
      hellos.push(...(await reader.read('client', bytes)))
    })
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    await started(socket.address().port, 'https://quic.example/', () => hellos.length > 0)
    socket.close()
    expect(hellos[0]).toMatchObject({ serverName: 'quic.example', alpn: ['h3'], transport: 'quic', odd: [] })
  })
})

describe.each(Object.entries(clients))('%s says hello', (program, client) => {
  const isThere = program === 'node' || has(program)
  if (!isThere) console.warn(`clients.kernel.test.ts: ${program} is skipped: it is not installed`)

  test.skipIf(!isThere)('and is read, wherever its stream is cut', async () => {
    const said = await conversation(client)
    const { client: hellos, server } = hellosOf(said)
    expect(hellos).toHaveLength(1)
    expect(hellos[0]).toMatchObject({ serverName: host, odd: [], ech: undefined })
    expect(hellos[0]!.alpn).toContain('http/1.1')
    expect(ja4(hellos[0]!)).toMatch(/^t13d\d{4}h[12]_[0-9a-f]{12}_[0-9a-f]{12}$/)
    expect(server).toMatchObject([{ version: tlsVersion.tls13, isRetry: false }])
    expect(hellos[0]!.ciphers).toContain(server[0]!.cipher)
    const whole = outcome(clientHellos(), said.client)
    for (const at of everywhere(said.client.subarray(0, 1700)))
      expect(outcome(clientHellos(), said.client, [at])).toEqual(whole)
  })

  test.skipIf(!isThere)('twice, when the server wants another group', async () => {
    const said = await conversation(client, { ecdhCurve: 'P-521' })
    const { client: hellos, server } = hellosOf(said)
    expect(server.map(({ isRetry, group }) => [isRetry, group])).toEqual([
      [true, 0x19],
      [false, 0x19],
    ])
    expect(hellos.map(({ serverName }) => serverName)).toEqual([host, host])
    expect(hellos[1]!.keyShares).toEqual([0x19])
    expect(ja4(hellos[1]!)).toBe(ja4(hellos[0]!))
  })

  test.skipIf(!isThere)('to a server that speaks TLS 1.2 only, which says its protocol', async () => {
    const { server } = hellosOf(await conversation(client, { maxVersion: 'TLSv1.2' }))
    expect(server).toMatchObject([{ version: tlsVersion.tls12, alpn: 'http/1.1', isRetry: false }])
  })
})
