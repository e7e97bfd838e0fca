import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** What became of datagrams. */
interface Account {
  readonly sent: number
  readonly received: number
  readonly twice: number
  readonly longest: number
}

/** Numbered datagrams to port 5354, each a connection of its own where they are `apart`, from here until they are accounted for. */
export async function traffic(rate: number, ...apart: 'apart'[]) {
  const script = join(import.meta.dirname, 'traffic.py')
  const child = spawn('python3', [script, '5354', String(rate), ...apart], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (part) => {
    said += part
  })
  await once(child.stdout, 'data')
  return async (): Promise<Account> => {
    child.stdin.end()
    await once(child, 'close')
    return JSON.parse(said.slice(said.indexOf('{')))
  }
}

/** A TCP connection to port 5355 that carries numbers, one after another, until it is ended: resolves to what came, and what was sent. */
export async function stream() {
  const received: Promise<string>[] = []
  const server = createServer((socket) => received.push(text(socket)))
  server.listen(5_355, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const socket = connect(5_355, '127.0.0.1')
  await once(socket, 'connect')
  let sent = ''
  const timer = setInterval(() => {
    const line = `${sent.length}\n`
    sent += line
    socket.write(line)
  }, 5)
  return async () => {
    clearInterval(timer)
    socket.end()
    await once(socket, 'close')
    return { sent, received: await Promise.all(received) }
  }
}
