import { formatHex, ipProtocol, parseAddress, parseHex } from '@nfkit/inet'
import { expect, test } from 'vitest'
import { format, Message, messageFlags, messageToJson, toHostOrder } from '../src/index.ts'
import { encodeSocketRequest, sockDiag, socket, socketMessage, socketOf, socketState } from '../src/sock-diag.ts'
import { littleEndian } from '../src/wire/bytes.ts'

const padded = (text: string) => {
  const bytes = new Uint8Array(16)
  bytes.set(parseAddress(text)!)
  return bytes
}
const whole = (bytes: Uint8Array) => new Message(bytes, 0, bytes.length)
const { type } = socketMessage.byFamily

const question = encodeSocketRequest(
  { type, flags: messageFlags.request, sequence: 1 },
  {
    family: 2,
    protocol: ipProtocol.tcp,
    src: padded('127.0.0.1'),
    sport: 8080,
  },
)

/** A listener on 127.0.0.1:8080 as Linux 6.18 told of it: little-endian. */
const listener = parseHex(
  '64000000 1400 0000 01000000 00000000 02 0a 00 00 1f90 0000 7f000001 000000000000000000000000 00000000000000000000000000000000' +
    '00000000 05000000 00000000 00000000 00000000 80000000 e8030000 39300000 0500080000000000 0800 0f00 00000000',
)!

test.runIf(littleEndian)('a question is struct inet_diag_req_v2, to the byte', () => {
  expect(formatHex(question)).toBe(
    `48000000140001000100000000000000${'02060000'}${'00000000'}${'1f900000'}${'7f000001'}${'00'.repeat(28)}${'00000000'}${'ff'.repeat(8)}`,
  )
  expect(question).toHaveLength(72)
})

test.runIf(littleEndian)('an answer is struct inet_diag_msg and attributes', () => {
  const { header, attrs } = socketOf(whole(listener))
  expect(header).toMatchObject({
    family: 2,
    state: socketState.listen,
    sport: 8080,
    cookie0: 5,
    sendQueue: 128,
    uid: 1000,
    inode: 12345,
  })
  expect(header.src).toEqual(padded('127.0.0.1'))
  expect(attrs.get(socket.rows.shutdown)).toBe(0)
  expect(attrs.get(socket.rows.mark)).toBe(0)
  expect(() => socketOf(new Message(listener, 0, 80))).toThrow('inet_diag_msg')
})

test('it is printed by name, flags of a dump included, and is data as JSON', () => {
  const dump = encodeSocketRequest(
    { type, flags: messageFlags.request | messageFlags.dump },
    { family: 10, protocol: ipProtocol.udp, states: 0x402, extensions: 2 },
    { protocol: 262 },
  )
  expect(format(whole(dump), sockDiag).split('\n')).toEqual([
    expect.stringMatching(
      /^SOCK_DIAG_BY_FAMILY {2}flags REQUEST\|DUMP {2}seq 0 {2}port 0 {2}family IPV6 \(10\), protocol UDP \(17\).*states ESTABLISHED\|LISTEN/,
    ),
    '  INET_DIAG_REQ_PROTOCOL 262',
  ])
  expect(messageToJson(whole(dump), sockDiag)).toMatchObject({
    message: 'SOCK_DIAG_BY_FAMILY',
    family: 10,
    states: 0x402,
    cookie1: 0xffff_ffff,
    attributes: { protocol: 262 },
  })
})

test.runIf(littleEndian)('a datagram of a big-endian machine is turned: numbers, and those in structs', () => {
  const [head, address, zeros] = ['02 0a 00 00 1f90 0000', '7f000001 000000000000000000000000', '00'.repeat(16)]
  const there = parseHex(
    `00000074 0014 0000 00000001 00000000 ${head} ${address} ${zeros} 00000000 00000005 00000000 00000000 00000000 00000080 000003e8` +
      '00003039 0014 0001 00000001 00000002 00000003 00000004 0008 000f 0000002a',
  )!
  const { header, attrs } = socketOf(whole(toHostOrder(there, sockDiag)))
  expect(header).toEqual(socketOf(whole(listener)).header)
  expect(attrs.get(socket.rows.meminfo)).toEqual({ rmem: 1, wmem: 2, fmem: 3, tmem: 4 })
  expect(attrs.get(socket.rows.mark)).toBe(42)
})

test('what cannot be asked is refused by name', () => {
  const ask = (more: object) => () => encodeSocketRequest({ type, flags: 1 }, { family: 2, protocol: 6, ...more })
  expect(ask({ sport: 65_536 })).toThrow('inet_diag_req_v2.sport')
  expect(ask({ src: new Uint8Array(17) })).toThrow('inet_diag_req_v2.src')
  expect(sockDiag.nameOf(99)).toBe('NETLINK_SOCK_DIAG message 99')
})
