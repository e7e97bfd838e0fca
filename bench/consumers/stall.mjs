// stall serve PORT: a server that answers what it hears with one byte.
// stall connect PORT STALLED PROBES: microseconds until a connection is open, and until a whole hello is answered, of PROBES clients one after
// another: alone, and again after STALLED clients have stopped half-way through a hello.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { clientHello } from './hello.mjs'

const [what, port, stalled, probes] = process.argv.slice(2)
const hello = clientHello()
const at = { host: '127.0.0.1', port: Number(port) }

async function serve() {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () => socket.write('.'))
  })
  server.listen({ ...at, backlog: 4_096 })
  await once(server, 'listening')
  console.log('{}')
  process.once('SIGTERM', () => process.exit())
}

/** Clients that send half of a hello and stay. A few at a time: what is measured comes after them. */
async function stall() {
  const sockets = []
  while (sockets.length < Number(stalled)) {
    const some = Array.from({ length: 100 }, () => connect(at))
    await Promise.all(some.map((socket) => once(socket, 'connect')))
    for (const socket of some) socket.on('error', () => {}).write(hello.subarray(0, hello.length >> 1))
    sockets.push(...some)
  }
  return sockets
}

async function probe() {
  const times = { open: [], answered: [] }
  for (let i = 0; i < Number(probes); i++) {
    const start = performance.now()
    const socket = connect(at)
    await once(socket, 'connect')
    times.open.push((performance.now() - start) * 1e3)
    socket.write(hello)
    await once(socket, 'data')
    times.answered.push((performance.now() - start) * 1e3)
    socket.resetAndDestroy() // leaves its port to the next
  }
  return times
}

if (what === 'serve') await serve()
else {
  await probe() // warms up
  const alone = await probe()
  const sockets = await stall()
  const beside = await probe()
  for (const socket of sockets) socket.resetAndDestroy()
  console.log(JSON.stringify({ alone, beside }))
  process.exit()
}
