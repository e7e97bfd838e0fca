import assert from 'node:assert/strict'
import { parseAddress } from '@nfkit/inet'
import { messageFlags } from '@nfkit/netlink-codec'
import { type Conntrack, conntrack, conntrackMessage, filterFlags } from '@nfkit/netlink-codec/conntrack'
import { creation, table, texts } from '../flow.ts'
import { connection, netfilterPayload, rawAttribute, rawMessage } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { Socket } from '../socket.ts'

const a = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'
const b = 'tcp 10.1.0.1:1001 > 10.1.0.2:80'
const c = 'icmp 10.1.0.3 > 10.1.0.2 type 8 code 0 id 7'
const six = 'udp [fd00::1]:1000 > [fd00::2]:2000'
const { ipSrc, ipDst, protoNum, protoSrcPort, protoDstPort, protoIcmpType, protoIcmpId, tupleZone } = filterFlags
const { protoIcmpv6Type, protoIcmpv6Code, protoIcmpv6Id } = filterFlags

async function four(socket: Socket): Promise<void> {
  await socket.must(creation(a, { mark: 0x11 }))
  await socket.must(creation(b, { mark: 0x12, status: 0xe }))
  await socket.must(creation(c, { mark: 0x22 }))
  await socket.must(creation(six, { mark: 0x33, status: 0xa }))
}

for (const [what, filter, family, expected] of [
  ['a mark', { mark: 0x11 }, 0, [a]],
  ['a mark under a mask', { mark: 0x10, markMask: 0xf0 }, 0, [a, b]],
  ['a mark outside its mask', { mark: 0x11, markMask: 0xf0 }, 0, []],
  ['a mark and a family', { mark: 0x33 }, 2, []],
  ['mark 0', { mark: 0 }, 0, []],
  ['a mask without a mark', { markMask: 0xff }, 0, [a, b, c, six]],
  ['a status', { status: 0x4, statusMask: 0x4 }, 0, [b]],
  ['a status without a mask', { status: 0x2 }, 0, [b, six]],
  ['a status under a mask', { status: 0x2, statusMask: 0x6 }, 0, [six]],
  ['a status outside its mask', { status: 0x6, statusMask: 0x4 }, 0, []],
  ['a mark and a status', { mark: 0x12, status: 2, statusMask: 2 }, 0, [b]],
  ['tuples without a filter', { tupleOrig: { proto: { num: 6 } } }, 2, [a, b, c]],
  ['a filter of no fields', { filter: { origFlags: 0, replyFlags: 0 } }, 2, [a, b, c]],
  [
    'a source',
    { tupleOrig: { ip: { v4Src: parseAddress('10.1.0.3')! } }, filter: { origFlags: ipSrc, replyFlags: 0 } },
    2,
    [c],
  ],
  [
    'a destination',
    { tupleOrig: { ip: { v4Dst: parseAddress('10.1.0.2')! } }, filter: { origFlags: ipDst, replyFlags: 0 } },
    2,
    [a, b, c],
  ],
  ['a protocol', { tupleOrig: { proto: { num: 6 } }, filter: { origFlags: protoNum, replyFlags: 0 } }, 2, [b]],
  [
    'a source port',
    { tupleOrig: { proto: { num: 17, srcPort: 1000 } }, filter: { origFlags: protoNum | protoSrcPort, replyFlags: 0 } },
    2,
    [a],
  ],
  [
    'a destination port',
    { tupleOrig: { proto: { num: 6, dstPort: 81 } }, filter: { origFlags: protoNum | protoDstPort, replyFlags: 0 } },
    2,
    [],
  ],
  [
    'a reply’s source port',
    { tupleReply: { proto: { num: 6, srcPort: 80 } }, filter: { origFlags: 0, replyFlags: protoNum | protoSrcPort } },
    2,
    [b],
  ],
  [
    'an ICMP type and id',
    {
      tupleOrig: { proto: { num: 1, icmpType: 8, icmpId: 7 } },
      filter: { origFlags: protoNum | protoIcmpType | protoIcmpId, replyFlags: 0 },
    },
    2,
    [c],
  ],
  [
    'a filter and a mark',
    { mark: 0x10, markMask: 0xf0, tupleOrig: { proto: { num: 17 } }, filter: { origFlags: protoNum, replyFlags: 0 } },
    2,
    [a],
  ],
] as const satisfies readonly (readonly [string, Conntrack, number, readonly string[]])[]) {
  scenario('F-123', `a dump filtered by ${what}`, async (world) => {
    const socket = world.open()
    await four(socket)
    assert.deepEqual(await table(socket, filter, family), texts(...expected))
  })
}

for (const [what, filter, family, error] of [
  ['mask 0 of a status', { status: 2, statusMask: 0 }, 0, 'EINVAL'],
  ['a mask without a mark beside a status', { markMask: 1, status: 2 }, 0, 'EINVAL'],
  ['a mask without a status beside a mark', { statusMask: 1, mark: 2 }, 0, 'EINVAL'],
  ['unknown fields', { tupleOrig: {}, filter: { origFlags: 0x1000, replyFlags: 0 } }, 2, 'EINVAL'],
  ['fields without a tuple', { filter: { origFlags: protoNum, replyFlags: 0 } }, 2, 'EINVAL'],
  [
    'reply fields without a reply tuple',
    { tupleOrig: { proto: { num: 6 } }, filter: { origFlags: 0, replyFlags: protoNum } },
    2,
    'EINVAL',
  ],
  [
    'a port without its protocol',
    { tupleOrig: { proto: { num: 6, srcPort: 1 } }, filter: { origFlags: protoSrcPort, replyFlags: 0 } },
    2,
    'EINVAL',
  ],
  [
    'a field that is not there',
    { tupleOrig: { proto: { num: 6 } }, filter: { origFlags: protoNum | protoSrcPort, replyFlags: 0 } },
    2,
    'EINVAL',
  ],
  [
    'an address that is not there',
    { tupleOrig: { proto: { num: 6 } }, filter: { origFlags: ipSrc | protoNum, replyFlags: 0 } },
    2,
    'EINVAL',
  ],
  [
    'a tuple’s zone and a zone',
    { zone: 3, tupleOrig: { zone: 3, proto: { num: 6 } }, filter: { origFlags: tupleZone | protoNum, replyFlags: 0 } },
    2,
    'EINVAL',
  ],
  [
    'a filter without a family',
    { filter: { origFlags: protoNum, replyFlags: 0 }, tupleOrig: { proto: { num: 6 } } },
    0,
    'EOPNOTSUPP',
  ],
] as const satisfies readonly (readonly [string, Conntrack, number, string])[]) {
  scenario('F-123', `a dump filtered by ${what}: ${error}`, async (world) => {
    const { error: found } = await world.open().dump(connection('get', filter, { family }))
    assert.equal(found, error)
  })
}

const echo = (id: number): string => `icmpv6 fd00::1 > fd00::2 type 128 code 0 id ${id}`

for (const [what, proto, field, expected] of [
  ['id', { icmpv6Id: 7 }, protoIcmpv6Id, [echo(7)]],
  ['type', { icmpv6Type: 128 }, protoIcmpv6Type, [echo(7), echo(8)]],
  ['code', { icmpv6Code: 1 }, protoIcmpv6Code, []],
] as const) {
  scenario('F-123', `a dump filtered by the ${what} of ICMPv6`, async (world) => {
    const socket = world.open()
    for (const of of [echo(7), echo(8), six]) await socket.must(creation(of))
    const filter = { origFlags: protoNum | field, replyFlags: 0 }
    const found = (num: number, more: object) => table(socket, { tupleOrig: { proto: { num, ...more } }, filter }, 10)
    assert.deepEqual(await found(58, proto), texts(...expected))
    await assert.rejects(found(58, {}), /EINVAL/)
  })
}

for (const [what, attribute] of [
  ['of another length', rawAttribute(1, Uint8Array.of(8, 0, 0, 0, 0))],
  ['that there is not', rawAttribute(3, Uint8Array.of(8, 0, 0, 0))],
] as const) {
  scenario('F-123', `a filter with an attribute ${what}: EINVAL`, async (world) => {
    const nested = 0x8000
    const payload = netfilterPayload(0, rawAttribute(conntrack.rows.filter.id | nested, attribute))
    payload[0] = 2
    const { error } = await world.open().dump(rawMessage({ type: conntrackMessage.get.type, payload }))
    assert.equal(error, 'EINVAL')
  })
}

scenario('F-123', 'entries of a filtered dump say so', async (world) => {
  const socket = world.open()
  await four(socket)
  const { entries, end } = await socket.dump(connection('get', { mark: 0x11 }, { family: 0 }))
  const filtered = messageFlags.multi | messageFlags.dumpFiltered
  assert.deepEqual(
    entries.map(({ flags }) => flags),
    [filtered],
  )
  assert.equal(end.flags, world.profile.filteredDone ? filtered : messageFlags.multi)
})

scenario('F-123', 'a zone selects since 6.8, zone 0 too', async (world) => {
  const socket = world.open()
  await socket.must(creation(a))
  await socket.must(creation(b, { zone: 3 }))
  const { zoneFilter } = world.profile
  assert.deepEqual(await table(socket, { zone: 3 }), zoneFilter ? texts(b) : texts(a, b))
  assert.deepEqual(await table(socket, { zone: 0 }), zoneFilter ? texts(a) : texts(a, b))
  assert.deepEqual(await table(socket, { zone: 9 }), zoneFilter ? [] : texts(a, b))
})

scenario('F-124', 'IPv6 addresses of a filter are compared the wrong way round on some kernels', async (world) => {
  const socket = world.open()
  const other = 'udp [fd00::3]:1000 > [fd00::2]:2000'
  await socket.must(creation(six))
  await socket.must(creation(other))
  const filter = { tupleOrig: { ip: { v6Src: parseAddress('fd00::1')! } }, filter: { origFlags: ipSrc, replyFlags: 0 } }
  assert.deepEqual(await table(socket, filter, 10), world.profile.invertedIpv6Filter ? texts(other) : texts(six))
})
