// The other host of the tests, in a network namespace of its own: it echoes, and dials when it is told to, a line of JSON each.
import { createSocket } from 'node:dgram'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'

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
  close({ line }) {
    lines.get(line)?.destroy()
  },
}

createInterface({ input: process.stdin })
  .on('line', (text) => {
    const command = JSON.parse(text)
    commands[command.do](command)
  })
  .on('close', () => process.exit())
tell(0, { event: 'ready' })
