// population SOCKETS: half as many TCP connections over loopback, both ends here. Tells one of them, and holds all until its input ends.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

const connections = Number(process.argv[2]) / 2
const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
await once(server, 'listening')
const { port } = server.address()
let client
for (let i = 0; i < connections; i++) {
  client = connect(port, '127.0.0.1')
  await once(client, 'connect')
}
console.log(JSON.stringify({ local: client.localPort, remote: port }))
process.stdin.resume().on('end', () => process.exit())
