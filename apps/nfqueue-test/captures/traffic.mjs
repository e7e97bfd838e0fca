// The traffic of demo.pcapng: `node traffic.mjs serve` in one namespace, `node traffic.mjs ask` in the other.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'

const families = [
  { udp: 'udp4', name: '198.51.100.53', web: '198.51.100.80', answer: Buffer.from([198, 51, 100, 80]) },
  {
    udp: 'udp6',
    name: '2001:db8:2::53',
    web: '2001:db8:2::80',
    answer: Buffer.from('20010db8000200000000000000000080', 'hex'),
  },
]

/** A query for www.example.com: A over IPv4, AAAA over IPv6. */
function query(id, type) {
  const head = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  return Buffer.concat([head, Buffer.from('\x03www\x07example\x03com\0', 'latin1'), Buffer.from([0, type, 0, 1])])
}

function answer(asked, address) {
  const said = Buffer.from(asked)
  said.writeUInt16BE(0x8580, 2)
  said.writeUInt16BE(1, 6)
  const record = Buffer.from([0xc0, 12, 0, asked.at(-3), 0, 1, 0, 0, 0, 60, 0, address.length])
  return Buffer.concat([said, record, address])
}

const page = '<!doctype html><title>Example</title><p>Hello from a documentation address.\n'
const response = `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\nConnection: close\r\n\r\n${page}`

async function serve() {
  for (const { udp, name, web, answer: address } of families) {
    const names = createSocket(udp).bind(53, name)
    names.on('message', (asked, from) => names.send(answer(asked, address), from.port, from.address))
    createServer((socket) => socket.once('data', () => socket.end(response))).listen(80, web)
    await once(names, 'listening')
  }
  console.log('ready')
}

async function ask() {
  for (const [index, { udp, name, web }] of families.entries()) {
    const socket = createSocket(udp)
    socket.send(query(0x4d01 + index, index === 0 ? 1 : 28), 53, name)
    await once(socket, 'message')
    socket.close()
    const client = connect(80, web, () => client.write('GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n'))
    client.resume()
    await once(client, 'close')
    const refused = connect(22, web)
    await once(refused, 'error')
  }
}

await (process.argv[2] === 'serve' ? serve() : ask())
