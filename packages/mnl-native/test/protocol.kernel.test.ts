import { once } from 'node:events'
import { createServer } from 'node:net'
import { getuid } from 'node:process'
import { ipProtocol, parseAddress } from '@nfkit/inet'
import { messageFlags } from '@nfkit/netlink-codec'
import {
  encodeSocketRequest,
  type SocketQuestion,
  sockDiag,
  socketMessage,
  socketOf,
  socketState,
} from '@nfkit/netlink-codec/sock-diag'
import { Connection, type Transport } from '@nfkit/netlink-transport'
import { expect, onTestFinished, test } from 'vitest'
import { openMnl } from '../src/index.ts'

const address = new Uint8Array(16)
address.set(parseAddress('127.0.0.1')!)

/** The port of a TCP listener on 127.0.0.1. */
async function listener(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}

function connected(transport: Transport): Connection {
  const connection = new Connection(transport, sockDiag)
  onTestFinished(() => connection.close())
  transport.receive(connection)
  return connection
}

const tcp = (more: Partial<SocketQuestion>) =>
  encodeSocketRequest(
    { type: socketMessage.byFamily.type, flags: messageFlags.request },
    { family: 2, protocol: ipProtocol.tcp, src: address, ...more },
  )

test.each([
  ['opened for it', () => openMnl({ protocol: sockDiag.number })],
  [
    'that is a sibling of another protocol’s',
    () => {
      const netfilter = openMnl()
      onTestFinished(() => netfilter.close())
      return netfilter.sibling({ protocol: sockDiag.number })
    },
  ],
  [
    'whose sibling is of the same',
    () => {
      const first = openMnl({ protocol: sockDiag.number })
      onTestFinished(() => first.close())
      return first.sibling()
    },
  ],
])('a socket of NETLINK_SOCK_DIAG %s: one exact question, one answer', async (_, open) => {
  const connection = connected(open())
  const port = await listener()
  const answers = await connection.request(tcp({ sport: port }))
  expect(answers).toHaveLength(1)
  const { header } = socketOf(answers[0]!)
  expect(header).toMatchObject({ family: 2, state: socketState.listen, sport: port, uid: getuid!() })
  expect(header.src).toEqual(address)
  expect(header.inode).toBeGreaterThan(0)
})

test('no such socket is a refusal by name', async () => {
  const connection = connected(openMnl({ protocol: sockDiag.number }))
  await expect(connection.request(tcp({ sport: 1, dport: 2 }))).rejects.toMatchObject({
    code: 'ENOENT',
    request: 'SOCK_DIAG_BY_FAMILY',
  })
})

test('a dump has the listener, and entries are read by the same names', async () => {
  const connection = connected(openMnl({ protocol: sockDiag.number }))
  const port = await listener()
  const ports: number[] = []
  const request = tcp({ states: 1 << socketState.listen, src: new Uint8Array(16), sport: port })
  for await (const part of connection.dump(request))
    ports.push(new DataView(part.buffer, part.byteOffset).getUint16(20))
  expect(ports).toEqual([port])
})

test('a protocol the kernel lacks is said so, and what is none is refused by name', () => {
  expect(() => openMnl({ protocol: 23 })).toThrow(
    /^socket: EPROTONOSUPPORT: the kernel lacks this netlink protocol: load its module/,
  )
  const transport = openMnl()
  onTestFinished(() => transport.close())
  for (const wrong of [-1, 32, 1.5, Number.NaN, '4' as never]) {
    expect(() => openMnl({ protocol: wrong })).toThrow(/^protocol: .* is no whole number from 0 to 31$/)
    expect(() => transport.sibling({ protocol: wrong })).toThrow(/^protocol: .* is no whole number from 0 to 31$/)
  }
})
