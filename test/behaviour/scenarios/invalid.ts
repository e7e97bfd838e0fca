import assert from 'node:assert/strict'
import { ipProtocol, parseAddress } from '@nfkit/inet'
import { putBe16 } from '@nfkit/inet/bytes'
import { internetChecksum } from '@nfkit/ip-codec'
import { altered, bytes, type Case, cases, peer, peer6, type Said, summed, us, us6 } from '../judged.ts'
import { raw, udp } from '../packet.ts'
import type { Profile } from '../profile.ts'
import { scenario } from '../scenario.ts'
import { segment } from '../segment.ts'
import { follow, stateOf } from '../vector.ts'

const [from, to] = [`${peer}:1000`, `${us}:80`]

/** Of FIN, SYN, RST, ACK and URG. */
const possible = ['S', 'SU', 'A', 'AU']
const everyCombination = Array.from({ length: 32 }, (_, bits) =>
  [...'FSRAU'].filter((_, i) => bits & (1 << i)).join(''),
)

cases('F-162', [
  ...everyCombination.map(
    (flags): Case => [
      `a first segment with the flags ${flags || 'none'}`,
      segment(from, to, flags),
      possible.includes(flags) ? 'tracked' : 'invalid',
    ],
  ),
  ['a first segment with PSH, ECE and CWR besides', segment(from, to, 'SPEC'), 'tracked'],
  ...[3, 4, 7, 10, 19].map(
    (length): Case => [`a segment of ${length} bytes`, raw(ipProtocol.tcp, peer, us, bytes(length)), 'invalid'],
  ),
  ['a segment whose header is shorter than one', summed(altered(segment(from, to, 'S'), 12, 0x40)), 'invalid'],
  ['a segment whose header is longer than it', summed(altered(segment(from, to, 'S'), 12, 0x80)), 'invalid'],
  [
    'a segment whose header is as long as it',
    summed(altered(segment(from, to, 'S', { payload: '1234' }), 12, 0x60)),
    'tracked',
  ],
  ['a segment with a wrong checksum', altered(segment(from, to, 'S'), 16, 1, 2), 'invalid'],
  [
    'a segment over IPv6 with a wrong checksum',
    altered(segment(`[${peer6}]:1`, `[${us6}]:2`, 'S'), 16, 1, 2),
    'invalid',
  ],
  ['a segment over IPv6', segment(`[${peer6}]:1`, `[${us6}]:2`, 'S'), 'tracked'],
])

scenario('F-162', 'a segment of a connection whose header is longer than it', async (world) => {
  const [client, server] = ['10.1.0.1:1000', '10.1.0.2:80']
  await follow(world, ['> S 1000', '< SA 5000/1001', '> A 1001/5001'])
  const whole = segment(client, server, 'A', { sequence: 1001, acknowledgment: 5001, window: 1000 })
  assert.equal(await stateOf(world, altered(whole, 12, 0x80)), 'invalid')
  assert.equal(await stateOf(world, whole), 'established')
})

cases('F-163', [
  ...[3, 4, 7].map(
    (length): Case => [`a datagram of ${length} bytes`, raw(ipProtocol.udp, peer, us, bytes(length)), 'invalid'],
  ),
  ...[0, 7, 14, 0xffff].map(
    (length): Case => [
      `a datagram of 13 bytes that claims ${length}`,
      altered(udp(from, to), 4, length >> 8, length & 0xff, 0, 0),
      'invalid',
    ],
  ),
  ['a datagram that claims less than there is', altered(udp(from, to), 4, 0, 9, 0, 0), 'tracked'],
  ['a datagram with a wrong checksum', altered(udp(from, to), 6, 1, 2), 'invalid'],
  ['a datagram without a checksum', altered(udp(from, to), 6, 0, 0), 'tracked'],
  ['a datagram over IPv6 without a checksum', altered(udp(`[${peer6}]:1`, `[${us6}]:2`), 6, 0, 0), 'tracked'],
  ['a datagram over IPv6 with a wrong checksum', altered(udp(`[${peer6}]:1`, `[${us6}]:2`), 6, 1, 2), 'invalid'],
  ['a datagram to port 0', udp(`${peer}:1`, `${us}:0`), 'tracked'],
  ['UDP-Lite without a checksum', raw(136, peer, us, bytes(8, 0, 1, 0, 2)), liteSaid],
  ['UDP-Lite that covers less than its header', raw(136, peer, us, bytes(8, 0, 1, 0, 2, 0, 7, 1, 1)), liteSaid],
  ['UDP-Lite that covers more than there is', raw(136, peer, us, bytes(8, 0, 1, 0, 2, 0, 9, 1, 1)), liteSaid],
  ...[0, 8, 13].map(
    (covered): Case => [`UDP-Lite that says it covers ${covered} of 13 bytes`, lite(covered), 'tracked'],
  ),
  ['a protocol without ports, and without content', raw(89, peer, us, bytes(0)), 'tracked'],
  ['an IPv6 packet in which no header follows', raw(ipProtocol.noNextHeader, peer6, us6, bytes(8)), 'invalid'],
  ['an IPv6 packet whose options are cut off', raw(ipProtocol.destinationOptions, peer6, us6, bytes(4)), 'invalid'],
])

/** 13 bytes of UDP-Lite; 0 covers all of them. The kernel takes the pseudo-header of UDP for its own (udplite_error). */
function lite(covered: number): Uint8Array {
  const transport = bytes(13, 0, 1, 0, 2, 0, covered, 0, 0, 1, 2, 3, 4, 5)
  const pseudo = [...parseAddress(peer)!, ...parseAddress(us)!, 0, ipProtocol.udp, 0, transport.length]
  const sum = internetChecksum(Uint8Array.of(...pseudo, ...transport.subarray(0, covered || transport.length)))
  putBe16(transport, 6, sum)
  return raw(ipProtocol.udplite, peer, us, transport)
}

function liteSaid({ udplite }: Profile): Said {
  return udplite ? 'invalid' : 'tracked'
}
