// The other host of the tests, in a network namespace of its own: it echoes, and dials when it is told to, a line of JSON each.
import { createSocket } from 'node:dgram'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const ports = [4000, 4001, 4002]
for (const port of ports) {
  createServer((socket) => {
    const { remotePort } = socket
    tell(0, { event: 'met', port: remotePort })
    let code = 'closed'
    socket.on('error', (error) => {
      code = error.code
    })
    // 0 is who dials: it knows its own port.
    socket.on('close', () => tell(0, { event: 'ended', port: remotePort, code }))
    socket.pipe(socket)
  }).listen(port, '::')
  const echo = createSocket({ type: 'udp6' }).bind(port, '::')
  echo.on('message', (text, from) => echo.send(text, from.port, from.address))
}

/** What the server of DNS sends when it is asked, by the question. */
const served = new Map()
const keyOf = (question) => question.toString('base64')
/** Sockets that send it; that of the stranger is bound when its address is there. */
const socketOn = (type, port, address) => createSocket({ type, reuseAddr: true }).bind(port, address)
const senders = {
  server: socketOn('udp6', 53, '::'),
  'other port': socketOn('udp6', 5_353, '::'),
  get stranger() {
    const socket = socketOn('udp4', 53, '10.99.0.3')
    Object.defineProperty(senders, 'stranger', { value: socket })
    return socket
  },
}
senders.server.on('message', async (question, { address, port }) => {
  const replies = served.get(keyOf(question)) ?? []
  for (const [i, { bytes, from, astray }] of replies.entries()) {
    const to = from === 'stranger' ? address.replace('::ffff:', '') : address
    senders[from].send(Buffer.from(bytes, 'base64'), astray ? port - 1 : port, to)
    if (i % 100 === 99) await sleep(2)
  }
})
createServer((socket) => {
  socket.setNoDelay().on('error', () => {})
  socket.once('data', async (questions) => {
    for (const { bytes } of served.get(keyOf(questions)) ?? []) {
      socket.write(Buffer.from(bytes, 'base64'))
      await sleep(10)
    }
  })
}).listen(53, '::')

const lines = new Map()
const tell = (id, answer) => console.log(JSON.stringify({ id, ...answer }))

const commands = {
  dial({ id, address, port }) {
    const socket = connect({ host: address, port })
    lines.set(id, socket)
    socket.once('connect', () => tell(id, { event: 'connected', port: socket.localPort }))
    socket.on('data', (data) => tell(id, { event: 'heard', text: data.toString() }))
    socket.on('error', ({ code }) => tell(id, { event: 'failed', code }))
  },
  say({ line, text }) {
    lines.get(line)?.write(text)
  },
  serve({ id, question, replies }) {
    served.set(question, replies)
    tell(id, { event: 'ready' })
  },
  close({ line }) {
    const socket = lines.get(line)
    if (socket?.destroyed === false && !socket.connecting) socket.resetAndDestroy()
    else socket?.destroy()
  },
}

createInterface({ input: process.stdin })
  .on('line', (text) => {
    const command = JSON.parse(text)
    commands[command.do](command)
  })
  .on('close', () => process.exit())
tell(0, { event: 'ready' })
