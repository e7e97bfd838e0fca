import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BuildError, icmp, icmpEcho, ipPacket, packet, parseEndpoints, sctp, tcp, udp } from '../src/build/index.ts'

const ends = '10.0.0.1:4000 > 10.0.0.2:22'

describe('one line is one packet', () => {
  test.each([
    [`tcp ${ends}`, tcp(ends)],
    [`tcp ${ends} syn`, tcp(ends, { syn: true })],
    [
      `tcp ${ends} syn ack seq 7 ackseq 0x10 window 9`,
      tcp(ends, { syn: true, ack: true, sequence: 7, acknowledgment: 16, window: 9 }),
    ],
    [`  tcp   10.0.0.1:4000>10.0.0.2:22   syn  ttl 3`, tcp(ends, { syn: true, ttl: 3 })],
    [
      'udp [2001:db8::1]:5 > [2001:db8::2]:53 payload "a question"',
      udp('[2001:db8::1]:5 > [2001:db8::2]:53', { payload: 'a question' }),
    ],
    [`udp ${ends} length 100 dscp 46`, udp(ends, { payload: new Uint8Array(100), dscp: 46 })],
    [`sctp ${ends}`, sctp(ends)],
    ['icmp 10.0.0.1 > 10.0.0.2 echo-request id 7', icmpEcho('10.0.0.1 > 10.0.0.2', { id: 7, identification: 7 })],
    ['icmpv6 fe80::1 > fe80::2 echo-reply', icmpEcho('fe80::1 > fe80::2', { reply: true })],
    ['icmp 10.0.0.1 > 10.0.0.2 type 3 code 1', icmp('10.0.0.1 > 10.0.0.2', { type: 3, code: 1 })],
    ['gre 10.0.0.1 > 10.0.0.2 length 8', ipPacket(parseEndpoints('10.0.0.1 > 10.0.0.2'), 47, new Uint8Array(8))],
    ['89 10.0.0.1 > 10.0.0.2', ipPacket(parseEndpoints('10.0.0.1 > 10.0.0.2'), 89, new Uint8Array(0))],
  ])('%s', (line, bytes) => {
    expect(packet(line)).toEqual(bytes)
  })
})

describe('what is no packet says what would work', () => {
  test.each([
    ['', /expected 'PROTOCOL SOURCE > DESTINATION'/],
    ['tcp 10.0.0.1:4000', /expected 'PROTOCOL SOURCE > DESTINATION'/],
    ['tpc 10.0.0.1:4000 > 10.0.0.2:22', /no protocol "tpc": there are tcp, udp/],
    ['tcp 10.0.0.1 > 10.0.0.2', /a port is missing/],
    ['tcp 10.0.0.1:4000 > fe80::2', /./],
    [`tcp ${ends} sny`, /"sny" says nothing here: there are fin, syn/],
    [`udp ${ends} syn`, /"syn" says nothing here/],
    [`tcp ${ends} ttl`, /behind "ttl" stands a number, and not the end/],
    [`tcp ${ends} ttl 300`, /300/],
    ['icmp 10.0.0.1 > 10.0.0.2', /echo-request, echo-reply, or has a type/],
  ])('%s', (line, reason) => {
    expect(() => packet(line)).toThrow(BuildError)
    expect(() => packet(line)).toThrow(reason)
  })

  test('of any text: a packet or a BuildError', () => {
    const words = fc.constantFrom(
      'tcp',
      'udp',
      'icmp',
      ends,
      '10.0.0.1 > fe80::1',
      'syn',
      'ttl',
      'length',
      '5',
      '99999',
      'payload',
      '"x"',
      '"',
      '>',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words).map((list) => list.join(' ')),
        ),
        (line) => {
          try {
            packet(line)
          } catch (error) {
            expect(error).toBeInstanceOf(BuildError)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})
