// A host of the field's measurements, in a network namespace: it echoes, and dials when it is told to, a line of JSON each.
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'

for (const port of [443, 4000, 4001]) createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(port)

const now = () => Number(process.hrtime.bigint()) / 1e6
const streams = new Map()

/** Whether a connection comes about, and what is said first comes back, within that time. */
const attempt = ({ address, port, localAddress, hello, milliseconds = 1_000 }) =>
  new Promise((resolve) => {
    const socket = connect({ port, host: address, localAddress })
    const end = (isGood) => {
      socket.destroy()
      resolve(isGood)
    }
    socket.on('error', () => end(false)).on('data', () => end(true))
    socket.on('connect', () => socket.write(hello ? Buffer.from(hello, 'base64') : 'x'))
    setTimeout(() => end(false), milliseconds)
  })

const commands = {
  async attempts({ count, ...to }) {
    const all = await Promise.all(Array.from({ length: count }, () => attempt(to)))
    return all.filter(Boolean).length
  },
  stream({ id, address, port, hello }) {
    const socket = connect(port, address)
    const stream = { socket, last: 0 }
    streams.set(id, stream)
    socket.on('error', () => {}).on('data', () => (stream.last = now()))
    socket.on('connect', () => {
      socket.write(hello ? Buffer.from(hello, 'base64') : 'x')
      stream.timer = setInterval(() => socket.write('y'), 5)
    })
  },
  last: ({ of }) => streams.get(of).last,
  end({ of }) {
    clearInterval(streams.get(of).timer)
    streams.get(of).socket.resetAndDestroy()
  },
}

createInterface({ input: process.stdin })
  .on('line', async (text) => {
    const command = JSON.parse(text)
    console.log(JSON.stringify({ id: command.id, answer: await commands[command.do](command) }))
  })
  .on('close', () => process.exit())
console.log(JSON.stringify({ id: 0 }))
