import assert from 'node:assert/strict'
import { putBe16 } from '@nfkit/inet/bytes'
import { fillChecksums, parseIp } from '@nfkit/ip-codec'
import { fragments, udp } from '@nfkit/ip-codec/build'
import { track } from '../events.ts'
import { scenario } from '../scenario.ts'

/** Of datagrams, so that none is taken for a part of another. */
let identification = 0x4000

const versions = { 4: '10.2.0.9:1000 > 10.2.0.1:7007', 6: '[fd02::9]:1000 > [fd02::1]:7007' } as const
type Version = 4 | 6

/** From where to where a piece goes of what a datagram carries, and whether more comes behind it. */
type Span = readonly [from: number, to: number, more?: 'more']

const length = 508
const payload = new Uint8Array(length - 8).fill(7)

/** One piece of the datagram; what lies behind its end are zeros. */
function piece(version: Version, [from, to, more]: Span): Uint8Array {
  const whole = udp(versions[version], { payload, ttl: 61, dontFragment: false, identification: 1 })
  const [part] = fragments(whole, 0x1000, identification)
  const headers = version === 4 ? 20 : 48
  const bytes = new Uint8Array(headers + to - from)
  bytes.set(part!.subarray(0, headers))
  bytes.set(part!.subarray(headers + from, headers + to), headers)
  putBe16(bytes, version === 4 ? 2 : 4, version === 4 ? bytes.length : bytes.length - 40)
  putBe16(bytes, version === 4 ? 6 : 42, version === 4 ? (more ? 0x2000 : 0) + from / 8 : from + (more ? 1 : 0))
  fillChecksums(parseIp(bytes)!)
  return bytes
}

const more = 'more'
const [begin, middle, end] = [
  [0, 160, more],
  [160, 320, more],
  [320, length],
] as const satisfies readonly Span[]

/** Which pieces come, and of which versions the datagram arrives. */
const cases: { readonly [what: string]: readonly [spans: readonly Span[], arrives: readonly Version[]] } = {
  'two pieces again as one, behind each other': [
    [begin, middle, [0, 320, more], end],
    [4, 6],
  ],
  'two pieces again as one, the second of which was there first': [[middle, begin, [0, 320, more], end], []],
  'a part of a piece again': [
    [begin, middle, [80, 160, more], end],
    [4, 6],
  ],
  'a part of two pieces again': [
    [begin, middle, [80, 240, more], end],
    [4, 6],
  ],
  'a piece that begins in another': [[begin, [80, 320, more], middle, end], []],
  'a piece that ends in another': [[end, [160, 400, more], begin, middle], []],
  'a piece around others': [[middle, [80, 400, more], begin, end], []],
  'an end in front of what is there': [[begin, middle, [160, 240], end], [6]],
  'another end behind the end': [[end, [480, 560], begin, middle], [6]],
  'another end in front of the end': [[end, [320, 400], begin, middle], [6]],
  'more behind the end': [[end, [512, 592, more], begin, middle], [6]],
  'a piece of odd length, the rest of which comes again': [[begin, [160, 324, more], end], [4]],
  'nothing, between two': [[begin, [160, 160, more], middle, end], [6]],
  'nothing, at the end': [[begin, middle, [length + 4, length + 4], end], []],
  'a piece that ends behind the longest datagram': [[begin, [65_528, 65_544], middle, end], [6]],
}

for (const version of [4, 6] as const)
  for (const [what, [spans, arrives]] of Object.entries(cases))
    scenario('F-446', `IPv${version}: ${what}`, async (world) => {
      identification++
      await world.rules(track)
      await world.receive(spans.map((span) => piece(version, span)))
      const arrived = await world.arrivals(Number(arrives.includes(version)))
      assert.deepEqual(
        arrived.map(({ transport }) => transport.length),
        arrives.includes(version) ? [length] : [],
      )
    })
