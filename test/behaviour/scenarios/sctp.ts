import assert from 'node:assert/strict'
import { putBe16, putBe32 } from '@nfkit/inet/bytes'
import { crc32c } from '@nfkit/ip-codec'
import { sctpState } from '@nfkit/netlink-codec/conntrack'
import { track } from '../events.ts'
import { creation, entryOf, table } from '../flow.ts'
import { raw } from '../packet.ts'
import { scenario } from '../scenario.ts'
import { type Followed, follow, marking, namesOf } from '../vector.ts'

const types = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  SACK: 3,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  ERROR: 9,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
  UNKNOWN: 99,
} as const

/** One chunk as text: `DATA`, `INIT:7` with the tag it announces, `ABORT/T` with the flag T, `INIT!` cut off, `DATA#0` with another length. */
function chunk(text: string): Uint8Array {
  const [, name, reflected, init, cut, length] = /^(\w+)(\/T)?(?::(\d+))?(!)?(?:#(\d+))?$/.exec(text)!
  const carries = name === 'INIT' || name === 'INIT_ACK'
  const bytes = new Uint8Array(cut ? 8 : carries ? 20 : 8)
  bytes[0] = types[name as keyof typeof types]
  bytes[1] = reflected ? 1 : 0
  putBe16(bytes, 2, length === undefined ? bytes.length : Number(length))
  if (carries) putBe32(bytes, 4, Number(init ?? 0))
  return bytes
}

const ports = [4000, 36412] as const
const [client, server] = ['10.1.0.1', '10.1.0.2']

/** `> 7 DATA SACK`: direction, verification tag, chunks. */
function packet(text: string, hosts: readonly [string, string] = [client, server]): Uint8Array {
  const [direction, tag, ...chunks] = text.split(' ')
  const there = direction === '>'
  const bytes = Uint8Array.from([...new Uint8Array(12), ...chunks.flatMap((one) => [...chunk(one)])])
  putBe16(bytes, 0, there ? ports[0] : ports[1])
  putBe16(bytes, 2, there ? ports[1] : ports[0])
  putBe32(bytes, 4, Number(tag))
  new DataView(bytes.buffer).setUint32(8, crc32c(bytes), true)
  return raw(132, there ? hosts[0] : hosts[1], there ? hosts[1] : hosts[0], bytes)
}

const association = `sctp ${client}:${ports[0]} > ${server}:${ports[1]}`
const names = namesOf(sctpState)
/** State, status, the tags and packets of both directions. */
const followed: Followed = {
  connection: association,
  packet,
  slack: 3,
  described({ protoinfo, status, countersOrig, countersReply }) {
    const { state, vtagOriginal, vtagReply } = protoinfo?.sctp ?? {}
    const counted = `${countersOrig!.packets}/${countersReply!.packets}`
    return `${names.get(state!)} ${status!.toString(16).padStart(2, '0')} ${vtagOriginal}/${vtagReply} ${counted}`
  },
}

const open = ['> 0 INIT:7', '< 7 INIT_ACK:9', '> 9 COOKIE_ECHO', '< 7 COOKIE_ACK']

const vectors: Readonly<Record<string, readonly string[]>> = {
  'an association from INIT to the end': [
    '> 0 INIT:7 | new 10 closed 08 0/7 1/0',
    '< 7 INIT_ACK:9 | established 3 cookieWait 0a 9/7 1/1',
    '> 9 COOKIE_ECHO | established 3 cookieEchoed 0a 9/7 2/1',
    '< 7 COOKIE_ACK | established 210 established 0e 9/7 2/2',
    '> 9 DATA SACK | established 210 established 0e 9/7 3/2',
    '< 7 SACK | established 210 established 0e 9/7 3/3',
    '> 9 SHUTDOWN | established 3 shutdownSent 0e',
    '< 7 SHUTDOWN_ACK | established 3 shutdownAckSent 0e',
    '> 9 SHUTDOWN_COMPLETE | established 10 closed 0e 9/7 5/4',
    '> 0 INIT:17 | established 10 closed 0e 9/17 5/4',
  ],
  'data of another tag': [...open, '> 8 DATA | invalid 210 established 0e 9/7 2/2'],
  'an INIT sent again': ['> 0 INIT:7', '> 0 INIT:8 | new 10 closed 08 0/8 1/0'],
  'an INIT in an association': [
    ...open,
    '> 0 INIT:20 | established 210 established 0e 9/20 3/2',
    '< 7 DATA | invalid 210 established 0e 9/20 3/2',
    '< 20 DATA | established 210 established 0e 9/20 3/3',
  ],
  'an INIT in an association that is cut off': [...open, '> 0 INIT! | invalid 210 established 0e 9/7 2/2'],
  'an INIT_ACK that is cut off': ['> 0 INIT:7', '< 7 INIT_ACK! | invalid 10 closed 08 0/7'],
  'an INIT with a tag': ['> 5 INIT:7 | invalid'],
  'an INIT that is cut off': ['> 0 INIT! | invalid'],
  'an INIT that is not alone': ['> 0 INIT:7 DATA | invalid'],
  'data before an INIT': ['> 0 DATA | invalid'],
  'an unknown chunk before an INIT': ['> 0 UNKNOWN | invalid'],
  'what may begin an association': ['> 0 COOKIE_ECHO | new 10 closed 08'],
  'INIT_ACK without a tag first': ['> 0 INIT_ACK:5 | new 10 closed 08'],
  'SHUTDOWN without a tag first': ['> 0 SHUTDOWN | new 10 closed 08'],
  'ABORT first': ['> 0 ABORT | invalid'],
  'COOKIE_ACK first': ['> 0 COOKIE_ACK | invalid'],
  'SHUTDOWN_COMPLETE first': ['> 0 SHUTDOWN_COMPLETE | invalid'],
  'SHUTDOWN_ACK first': [
    '> 5 SHUTDOWN_ACK | new 3 shutdownAckSent 08 0/5',
    '< 5 SHUTDOWN_COMPLETE | established 10 closed 0a',
  ],
  'a heartbeat first': [
    '> 5 HEARTBEAT | new 30 heartbeatSent 08 5/0 1/0',
    '< 6 HEARTBEAT_ACK | established 210 established 0e 5/6 1/1',
    '> 5 DATA | established 210 established 0e 5/6 2/1',
  ],
  'a heartbeat with another tag, and its answer': [
    ...open,
    '> 50 HEARTBEAT | established 210 established 0e 9/7 2/2',
    '< 60 HEARTBEAT_ACK | established 210 established 0e 0/60 2/3',
    '> 9 DATA | invalid 210 established',
    '> 50 HEARTBEAT | established 210 established 0e 50/60 3/3',
    '> 50 DATA | established 210 established 0e 50/60 4/3',
  ],
  'an answer to no heartbeat, with another tag': [...open, '< 60 HEARTBEAT_ACK | invalid 210 established 0e 9/7 2/2'],
  'a heartbeat with another tag, and data': [...open, '> 50 HEARTBEAT DATA | invalid 210 established 0e 9/7 2/2'],
  'ABORT with the own tag': [...open, '> 9 ABORT | established 10 closed 0e'],
  'ABORT with the tag of the peer': [...open, '> 7 ABORT/T | established 10 closed 0e'],
  'ABORT with the tag of the peer, and no flag': [...open, '> 7 ABORT | invalid 210 established'],
  'ABORT with another tag': [...open, '> 8 ABORT | invalid 210 established'],
  'COOKIE_ACK and data': [...open.slice(0, 3), '< 7 COOKIE_ACK DATA | established 210 established 0e'],
  'data and COOKIE_ACK': [...open.slice(0, 3), '< 7 DATA COOKIE_ACK | invalid 3 cookieEchoed 0a'],
  'COOKIE_ECHO with another tag': [...open.slice(0, 2), '> 8 COOKIE_ECHO | invalid 3 cookieWait'],
  'INIT_ACK with data': [...open.slice(0, 1), '< 7 INIT_ACK:9 DATA | invalid 10 closed'],
  'a chunk without a length': [...open, '> 9 DATA#0 | invalid 210 established'],
  'a last chunk that claims more than there is': [...open, '> 9 DATA#400 | established 210 established'],
  'an unknown chunk': [...open, '> 9 UNKNOWN | established 210 established 0e'],
  'no chunk': [...open, '> 9 | invalid 210 established'],
  'an INIT_ACK that announces another tag': [...open, '< 7 INIT_ACK:10 | invalid 210 established 0e 9/7'],
  'an INIT_ACK that announces another tag before the end of the handshake': [
    ...open.slice(0, 2),
    '< 7 INIT_ACK:10 | established 3 cookieWait 0a 10/7',
  ],
  'an ERROR of the peer, who waits': [...open.slice(0, 3), '< 7 ERROR | established 10 closed 0a'],
  'a HEARTBEAT_ACK that nothing asked for': ['> 77 HEARTBEAT_ACK | new 10 closed 08 77/0'],
  'INITs of both sides': [
    '> 0 INIT:7',
    '< 0 INIT:9 | established 10 closed 0a 9/7',
    '< 7 INIT_ACK:9 | established 3 cookieWait 0a 9/7',
  ],
}

for (const [name, steps] of Object.entries(vectors)) scenario('F-170', name, (world) => follow(world, steps, followed))

const arriving = packet('> 0 INIT:7', ['10.2.0.9', '10.2.0.1'])
for (const [name, bytes, entries] of [
  ['a right checksum', arriving, 1],
  ['a wrong checksum', Uint8Array.from(arriving, (byte, i) => (i === 28 ? byte ^ 1 : byte)), 0],
  ['less than a header', raw(132, '10.2.0.9', '10.2.0.1', Uint8Array.of(0, 1, 0, 2, 0, 0, 0, 0)), 0],
] as const)
  scenario('F-170', name, async (world) => {
    await world.rules(...marking('prerouting'))
    await world.receive(bytes)
    assert.equal((await table(world.open())).length, entries)
  })

scenario('F-443', 'and with its next packet, too', async (world) => {
  await world.rules(track)
  const socket = world.open()
  await socket.must(creation(association, { timeout: 1000 }))
  await world.emit(packet('> 0 DATA'))
  const { protoinfo, timeout = 0 } = await entryOf(socket, association)
  assert.equal(protoinfo?.sctp?.state, sctpState.none)
  assert.ok(timeout <= 10 && timeout >= 8, `${timeout}`)
})
