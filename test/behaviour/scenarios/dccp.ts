import assert from 'node:assert/strict'
import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import { dccpState } from '@nfkit/netlink-codec/conntrack'
import { track } from '../events.ts'
import { creation, entryOf, table } from '../flow.ts'
import { raw } from '../packet.ts'
import { scenario } from '../scenario.ts'
import { type Followed, follow, namesOf } from '../vector.ts'
import type { World } from '../world.ts'

const [one, other] = ['10.1.0.1', '10.1.0.2']
const request = (port: number) =>
  raw(
    33,
    one,
    other,
    Uint8Array.from({ length: 24 }, (_, i) => (i === 1 ? port : i === 3 ? 9 : 0)),
  )

const needsNoDccp = (world: World): string | undefined => (world.profile.dccp ? 'the kernel tracks DCCP' : undefined)
const needsDccp = (world: World): string | undefined =>
  world.profile.dccp ? undefined : 'the kernel does not track DCCP (6.17)'

scenario(
  'F-172',
  'packets of a protocol that is not tracked have no ports',
  async (world) => {
    await world.rules(track)
    const socket = world.open()
    await world.emit([request(1), request(2)])
    assert.equal((await table(socket)).length, 1)
    const { tupleOrig, timeout } = await entryOf(socket, `dccp ${one}:7 > ${other}:8`)
    assert.deepEqual(tupleOrig?.proto, { num: 33 })
    assert.ok(timeout! > 590 && timeout! <= 600)
  },
  needsNoDccp,
)

scenario(
  'F-172',
  'nor have entries that are made by a request',
  async (world) => {
    const socket = world.open()
    await socket.must(creation(`dccp ${one}:7 > ${other}:8`))
    assert.deepEqual((await entryOf(socket, `dccp ${one}:1 > ${other}:2`)).tupleOrig?.proto, { num: 33 })
    assert.equal((await socket.ask(creation(`dccp ${one}:3 > ${other}:4`))).error, 'EEXIST')
  },
  needsNoDccp,
)

const types = ['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'DATAACK', 'CLOSEREQ', 'CLOSE', 'RESET', 'SYNC', 'SYNCACK']
const acknowledges: readonly string[] = types.filter((type) => type !== 'REQUEST' && type !== 'DATA')
const ports = [4000, 5000] as const
const generic = 16

/**
 * `> ACK 101/500`: direction, type, sequence number, and for most types an acknowledgement. `short` has sequence numbers of 24 bits, `cut=12`
 * is so many bytes of it, `coverage=2` and `offset=3` are those fields.
 */
function packet(text: string, hosts: readonly [string, string] = [one, other]): Uint8Array {
  const [direction, type = '', numbers = '', ...more] = text.split(' ')
  const of = new Map(more.map((part): [string, string | undefined] => [part.split('=')[0]!, part.split('=')[1]]))
  const [sequence, acknowledged] = numbers.split('/').map(BigInt)
  const isShort = of.has('short')
  const header = isShort ? generic - 4 : generic
  const own = type === 'REQUEST' ? 4 : acknowledges.includes(type) ? 8 : 0
  const bytes = new Uint8Array(header + own + (type === 'RESPONSE' || type === 'RESET' ? 4 : 0))
  const there = direction === '>'
  putBe16(bytes, 0, there ? ports[0] : ports[1])
  putBe16(bytes, 2, there ? ports[1] : ports[0])
  bytes[4] = Number(of.get('offset') ?? bytes.length / 4)
  bytes[5] = Number(of.get('coverage') ?? 0)
  bytes[8] = (Math.max(types.indexOf(type), Number(of.get('type') ?? 0)) << 1) | (isShort ? 0 : 1)
  if (isShort) {
    bytes[9] = Number(sequence! >> 16n)
    putBe16(bytes, 10, Number(sequence! & 0xffffn))
  } else put48(bytes, 10, sequence!)
  if (own === 8) put48(bytes, header + 2, acknowledged ?? 0n)
  return raw(
    33,
    there ? hosts[0] : hosts[1],
    there ? hosts[1] : hosts[0],
    bytes.subarray(0, Number(of.get('cut') ?? 99)),
  )
}

function put48(bytes: Uint8Array, at: number, value: bigint): void {
  putBe16(bytes, at, Number(value >> 32n))
  putBe32(bytes, at + 2, Number(value & 0xffff_ffffn))
}

const connection = `dccp ${one}:${ports[0]} > ${other}:${ports[1]}`
const names = namesOf(dccpState)
/** State, status, role of the original direction, sequence number of the handshake, packets of both directions. */
const followed: Followed = {
  connection,
  packet,
  slack: 3,
  described({ protoinfo, status, countersOrig, countersReply }) {
    const { state, role, handshakeSeq } = protoinfo?.dccp ?? {}
    const counted = `${countersOrig!.packets}/${countersReply!.packets}`
    return `${names.get(state!)} ${status!.toString(16).padStart(2, '0')} ${role ? 'server' : 'client'} ${handshakeSeq} ${counted}`
  },
}

const open = ['> REQUEST 100', '< RESPONSE 500/100', '> ACK 101/500', '< DATAACK 501/101']

const vectors: Readonly<Record<string, readonly string[]>> = {
  'a connection from REQUEST to RESET': [
    '> REQUEST 100 | new 240 request 08 client 0 1/0',
    '< RESPONSE 500/100 | established 480 respond 0a client 500 1/1',
    '> ACK 101/500 | established 480 partopen 0e client 500 2/1',
    '< DATAACK 501/101 | established 43200 open 0e client 500 2/2',
    '> DATA 102 short | established 43200 open 0e client 500 3/2',
    '< CLOSEREQ 502/102 | established 64 closereq 0e client 500 3/3',
    '> CLOSE 103/502 | established 64 closing 0e client 500 4/3',
    '< RESET 503/103 | established 240 timewait 0e client 500 4/4',
    '> RESET 104/503 | established 240 timewait 0e client 500 4/4',
    '> REQUEST 200 | established 240 request 0e client 500 5/4',
  ],
  'an acknowledgement of another number': [...open.slice(0, 2), '> ACK 101/499 | established 480 partopen 0a'],
  'data in the acknowledgement': [...open.slice(0, 2), '> DATAACK 101/500 | established 480 partopen 0a'],
  'a request sent again': [
    '> REQUEST 100',
    '> REQUEST 101 | new 240 request 08 client 0 2/0',
    '< RESPONSE 500/101',
    '> REQUEST 102 | established 480 respond 0a client 500 3/1',
  ],
  'a reset in answer to a request': ['> REQUEST 100', '< RESET 500/100 | established gone'],
  'a reset after a request': ['> REQUEST 100', '> RESET 101/0 | new gone'],
  'packets that begin nothing': [
    '< RESPONSE 500/100 | invalid gone',
    '> DATA 100 | invalid gone',
    '> ACK 100/1 | invalid gone',
    '> DATAACK 100/1 | invalid gone',
    '> CLOSEREQ 100/1 | invalid gone',
    '> CLOSE 100/1 | invalid gone',
    '> RESET 100/1 | invalid gone',
    '> SYNC 100/1 | invalid gone',
    '> SYNCACK 100/1 | invalid gone',
  ],
  'data of the client before the connection is open': [
    ...open.slice(0, 3),
    '> DATA 102 | invalid 480 partopen 0e client 500 2/1',
  ],
  'CLOSEREQ of the client': [...open, '> CLOSEREQ 102/501 | invalid 43200 open'],
  'CLOSE of the server, and both': [
    ...open,
    '< CLOSE 502/101 | established 64 closing 0e client 500 2/3',
    '> CLOSE 102/502 | invalid 64 closing',
    '< CLOSEREQ 503/101 | established 64 closereq',
    '< DATA 504 | invalid 64 closereq',
  ],
  'SYNC and its answer': [
    ...open,
    '> SYNC 102/501 | established 43200 open 0e client 500 2/2',
    '< SYNCACK 502/102 | established 43200 open 0e client 500 2/2',
  ],
  'a request of the other side, answered': [
    ...open,
    '< REQUEST 900 | established 43200 open 0e client 500 2/2',
    '> RESPONSE 700/900 | established 480 respond 0e server 700 3/2',
    '< ACK 901/700 | established 480 partopen 0e server 700 3/3',
  ],
  'a request in an open connection, answered': [
    ...open,
    '> REQUEST 900 | established 43200 open 0e client 500 2/2',
    '< RESPONSE 700/900 | established 480 respond 0e client 700 2/3',
  ],
  'a response to no request': [...open, '< RESPONSE 700/900 | established 43200 open 0e client 500 2/2'],
  'a new connection from the other side': [
    ...open,
    '> RESET 102/501 | established 240 timewait 0e client',
    '< REQUEST 900 | established 240 request 0e server 500 3/3',
    '> RESPONSE 700/900 | established 480 respond 0e server 700 4/3',
  ],
  'types that need long numbers': [
    '> REQUEST 100 short | invalid gone',
    ...open,
    '> CLOSE 102/501 short | invalid 43200 open 0e client 500 2/2',
    '> ACK 102/501 short | established 43200 open 0e client 500 3/2',
  ],
  'what is no packet': [
    '> REQUEST 100 type=10 | invalid gone',
    '> REQUEST 100 offset=2 | invalid gone',
    '> REQUEST 100 offset=6 | invalid gone',
    '> REQUEST 100 coverage=7 | invalid gone',
    '> REQUEST 100 coverage=6 | new 240 request',
  ],
}

for (const [name, steps] of Object.entries(vectors))
  scenario('F-173', name, (world) => follow(world, steps, followed), needsDccp)

scenario(
  'F-173',
  'the answer to no request, in an entry that a request made',
  async (world) => {
    const socket = world.open()
    const dccp = { state: dccpState.open, role: 0, handshakeSeq: 5n }
    await socket.must(creation(connection, { protoinfo: { dccp } }))
    await world.rules(track)
    await world.emit(packet('< RESPONSE 700/900'))
    const { protoinfo } = await entryOf(socket, connection)
    assert.deepEqual(protoinfo?.dccp, { ...dccp, state: dccpState.respond, handshakeSeq: 700n })
  },
  needsDccp,
)

scenario(
  'F-173',
  'less than a header',
  (world) => {
    const said = world.profile.keepsShortDccp ? 'invalid' : 'lost'
    return follow(
      world,
      [`> REQUEST 100 cut=11 | ${said} gone`, `> REQUEST 100 cut=16 offset=3 | ${said} gone`],
      followed,
    )
  },
  needsDccp,
)
