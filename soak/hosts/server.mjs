// The server of the soak: it echoes what TCP says, and keeps an account of datagrams.
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { fateNames, ports } from '../fates.mjs'

const received = Object.fromEntries(fateNames.map((name) => [name, 0]))
let twice = 0
/** A bit for each number that came. */
let seen = new Uint8Array(1 << 16)

function account(bytes) {
  const number = bytes.readUInt32LE(0)
  if (number >> 3 >= seen.length) {
    const more = new Uint8Array(Math.max(2 * seen.length, (number >> 3) + 1))
    more.set(seen)
    seen = more
  }
  const bit = 1 << (number & 7)
  if (seen[number >> 3] & bit) twice++
  else received[fateNames[bytes[4]]]++
  seen[number >> 3] |= bit
}

for (const port of ports) {
  createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen({ port, host: '0.0.0.0', backlog: 4_096 })
  createSocket({ type: 'udp4', recvBufferSize: 8 << 20 })
    .bind(port)
    .on('message', account)
}
process.on('message', () => process.send({ received, twice }))
process.on('disconnect', () => process.exit())
process.send('ready')
