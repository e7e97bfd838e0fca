import { execFile, execFileSync } from 'node:child_process'
import { createSocket, type SocketType } from 'node:dgram'
import { connect, createServer } from 'node:net'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Run a shell line in the test's network namespace; throws with its stderr when it fails. */
export const sh = (line: string): string => execFileSync('sh', ['-c', line], { encoding: 'utf8' })

/** The same without blocking the event loop, which has packets to judge meanwhile. */
export const shell = async (line: string): Promise<string> => (await execute('sh', ['-c', line])).stdout

/** Both families at once: `rule('-A INPUT -p udp --dport 53 -j NFQUEUE')`. */
export function rule(text: string): void {
  sh(`iptables -w ${text} && ip6tables -w ${text}`)
}

/** Loopback up, no rules. */
export function freshHost(): void {
  const clear = (tool: string) => `${tool} -w -F; ${tool} -w -t mangle -F; ${tool} -w -t nat -F; ${tool} -w -t raw -F;`
  sh(`ip link set lo up; ${clear('iptables')} ${clear('ip6tables')}`)
}

/** Loopback of each family. */
export const hosts = [
  ['IPv4', '127.0.0.1'],
  ['IPv6', '::1'],
] as const

/** A UDP socket that keeps what it gets. */
export async function udpListener(host: string, port: number) {
  const socket = createSocket((host.includes(':') ? 'udp6' : 'udp4') satisfies SocketType)
  const got: string[] = []
  socket.on('message', (bytes) => got.push(bytes.toString()))
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject)
    socket.bind(port, host, resolve)
  })
  return { got, [Symbol.dispose]: () => socket.close() }
}

/** Send datagrams one after another from one socket. */
export async function sendUdp(host: string, port: number, texts: readonly string[]): Promise<void> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  for (const text of texts) {
    await new Promise<void>((resolve, reject) => {
      socket.send(text, port, host, (error) => (error ? reject(error) : resolve()))
    })
  }
  await new Promise<void>((resolve) => socket.close(() => resolve()))
}

/** One TCP connection: the server answers `answer` to whatever it got; resolves to what both sides received. */
export async function tcpExchange(host: string, port: number, question: Buffer, answer: Buffer) {
  const received = { server: [] as Buffer[], client: [] as Buffer[] }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (chunk) => received.server.push(chunk))
    socket.on('end', () => socket.end(answer))
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  await new Promise<void>((resolve, reject) => {
    const client = connect({ host, port, allowHalfOpen: true }, () => client.end(question))
    client.on('data', (chunk) => received.client.push(chunk))
    client.on('end', resolve)
    client.on('error', reject)
  })
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return { server: Buffer.concat(received.server), client: Buffer.concat(received.client) }
}

/** Resolves when `condition` holds; rejects when it does not within that time, half a minute unless said: against hangs, not slowness. */
export async function until(condition: () => boolean, what: string, milliseconds = 30_000): Promise<void> {
  const start = performance.now()
  while (!condition()) {
    if (performance.now() - start > milliseconds) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
