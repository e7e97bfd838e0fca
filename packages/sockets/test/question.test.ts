import { formatAddress } from '@nfkit/inet'
import { EncodeError, Message, messageFlags } from '@nfkit/netlink-codec'
import { encodeSocketRequest, noCookie, socketHeader, socketMessage, socketOf } from '@nfkit/netlink-codec/sock-diag'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { destruction, lookup } from '../src/owner/question.ts'
import { SocketInfo } from '../src/socket.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const port = fc.integer({ min: 0, max: 0xffff })
const asked = fc.record({
  protocol: fc.constantFrom('tcp', 'udp', 'udplite'),
  addresses: fc.oneof(fc.tuple(bytes(4), bytes(4)), fc.tuple(bytes(16), bytes(16))),
  ports: fc.tuple(port, port),
  interface: fc.integer({ min: 0, max: 0xffff_ffff }),
  cookie: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
})
const numbers = { tcp: 6, udp: 17, udplite: 136 } as const

function padded(address: Uint8Array): Uint8Array {
  const whole = new Uint8Array(16)
  whole.set(address)
  return whole
}

test('questions are what the encoder makes of their fields, one after another', () => {
  fc.assert(
    fc.property(asked, ({ protocol, addresses, ports, interface: index, cookie }) => {
      const [local, remote] = addresses.map((address, i) => ({ address: formatAddress(address), port: ports[i] }))
      const ends = { protocol, local: local!, remote: remote!, interface: index }
      const encoded = (type: number, isSwapped: boolean, cookie0: number, cookie1: number) => {
        const [source, destination] = isSwapped ? [1, 0] : [0, 1]
        const family = addresses[0].length === 4 ? 2 : 10
        return encodeSocketRequest(
          { type, flags: messageFlags.request },
          {
            ...{ family, protocol: numbers[protocol], interface: index, cookie0, cookie1 },
            ...{ src: padded(addresses[source]!), dst: padded(addresses[destination]!) },
            ...{ sport: ports[source]!, dport: ports[destination]! },
          },
        )
      }
      const question = lookup(ends)
      const other = destruction(ends, cookie)
      const halves = [Number(cookie & 0xffff_ffffn), Number(cookie >> 32n)] as const
      expect(question).toEqual(encoded(socketMessage.byFamily.type, protocol !== 'tcp', noCookie, noCookie))
      expect(other).toEqual(encoded(socketMessage.destroy.type, false, ...halves))
    }),
  )
})

const ends = { protocol: 'tcp', local: { address: '10.0.0.1' }, remote: { address: '10.0.0.2' }, interface: 0 } as const

test('what is no address, no port, or of two families is refused', () => {
  expect(() => lookup({ ...ends, local: { address: '10.0.0' } })).toThrow('"10.0.0" is no address')
  expect(() => lookup({ ...ends, remote: { address: '::1' } })).toThrow(RangeError)
  expect(() => lookup({ ...ends, local: { address: '10.0.0.1', port: 65_536 } })).toThrow(EncodeError)
  expect(() => lookup({ ...ends, interface: -1 })).toThrow(EncodeError)
})

test('an answer is read as its header says, wherever it lies, and stays when its memory is used again', () => {
  fc.assert(
    fc.property(bytes(16 + socketHeader.size), fc.nat(7), fc.constantFrom(2, 10), (message, before, family) => {
      message[16] = family
      const memory = new Uint8Array(before + message.length)
      memory.set(message, before)
      const { header } = socketOf(new Message(message, 0, message.length))
      const info = new SocketInfo(new Message(memory, before, memory.length), 'tcp')
      memory.fill(0xdd)
      const text = (address: Uint8Array) => formatAddress(family === 2 ? address.subarray(0, 4) : address)
      const remote = { address: text(header.dst), port: header.dport }
      expect(info).toMatchObject({
        local: { address: text(header.src), port: header.sport },
        remote: header.dport === 0 ? undefined : remote,
        inode: header.inode || undefined,
        interface: header.interface || undefined,
        cookie: (BigInt(header.cookie1) << 32n) | BigInt(header.cookie0),
        receiveQueue: header.receiveQueue,
        sendQueue: header.sendQueue,
        uid: header.uid,
      })
    }),
  )
})
