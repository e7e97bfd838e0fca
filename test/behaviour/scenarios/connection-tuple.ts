import assert from 'node:assert/strict'
import { parseAddress } from '@nfkit/inet'
import { messageFlags } from '@nfkit/netlink-codec'
import { tupleProto } from '@nfkit/netlink-codec/conntrack'
import { flow, tuple } from '../flow.ts'
import { connection } from '../request.ts'
import { scenario } from '../scenario.ts'

const one = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'
const { create } = messageFlags

for (const family of [0, 1, 3, 7]) {
  scenario('F-111', `a tuple in family ${family}: EOPNOTSUPP`, async (world) => {
    const socket = world.open()
    assert.equal(
      (await socket.ask(connection('new', { ...flow(one), timeout: 9 }, { family, flags: create }))).error,
      'EOPNOTSUPP',
    )
    assert.equal((await socket.ask(connection('get', { tupleOrig: tuple(one) }, { family }))).error, 'EOPNOTSUPP')
  })
}

for (const [what, of] of [
  ['IPv6 addresses in family IPv4', { ...tuple(one), ip: tuple('udp [fd00::1]:1 > [fd00::2]:2').ip }],
  ['no addresses', { proto: tuple(one).proto }],
  ['one address', { ...tuple(one), ip: { v4Src: parseAddress('10.1.0.1')! } }],
  ['no protocol', { ip: tuple(one).ip }],
  ['no ports', { ip: tuple(one).ip, proto: { num: 17 } }],
  ['one port', { ip: tuple(one).ip, proto: { num: 6, srcPort: 5 } }],
  ['an ICMP type without an answer', tuple('icmp 10.1.0.1 > 10.1.0.2 type 3 code 0 id 7')],
  ['no ICMP id', { ip: tuple(one).ip, proto: { num: 1, icmpType: 8, icmpCode: 0 } }],
] as const) {
  scenario('F-111', `a tuple with ${what}: EINVAL`, async (world) => {
    const { error } = await world
      .open()
      .ask(connection('new', { tupleOrig: of, tupleReply: of, timeout: 9 }, { flags: create }))
    assert.equal(error, 'EINVAL')
  })
}

for (const [name, family, of, id] of [
  ['ICMP', 2, tuple('icmp 10.1.0.1 > 10.1.0.2 type 8 code 0 id 7'), tupleProto.rows.icmpId],
  ['ICMPv6', 10, tuple('icmpv6 fd00::1 > fd00::2 type 128 code 0 id 7'), tupleProto.rows.icmpv6Id],
] as const) {
  scenario('F-015', `a tuple whose ${name} id has one byte: ERANGE`, async (world) => {
    const { icmpId: _, icmpv6Id: __, ...rest } = of.proto!
    const short = { ...of, proto: { ...rest, unknown: [{ id: id.id, bytes: Uint8Array.of(7) }] } }
    assert.equal((await world.open().ask(connection('get', { tupleOrig: short }, { family }))).error, 'ERANGE')
  })
}
