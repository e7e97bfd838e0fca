import assert from 'node:assert/strict'
import { formatAddress, formatEnd, ipProtocol, parseAddress } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'
import { internetChecksum, parseIp } from '@nfkit/ip-codec'
import { icmpUnreachable, sctp } from '@nfkit/ip-codec/build'
import { track } from '../events.ts'
import { creation, entryOf, table, text } from '../flow.ts'
import { raw, udp } from '../packet.ts'
import { Queue } from '../queue.ts'
import { scenario } from '../scenario.ts'
import type { Arrival, Rule, World } from '../world.ts'

const [one, other] = ['10.1.0.1', '10.1.0.2']
const port = 7007

const translate = (more: Pick<Rule, 'hook' | 'action'> & Partial<Rule>): Rule => ({ version: 4, table: 'nat', ...more })
/** What goes to the port goes to another one. */
const toAnother = translate({ hook: 'output', protocol: 'udp', port, action: { kind: 'dnat', to: `${other}:2000` } })
/** What leaves comes from the other address. */
const fromAnother = translate({ hook: 'postrouting', action: { kind: 'snat', to: other } })

async function arrived(world: World, rule: Rule, packet: Uint8Array): Promise<Arrival> {
  await world.rules(track, rule)
  await world.emit(packet)
  const [found] = await world.arrivals(1)
  return found!
}

/** The packet that arrived, from its network header on. */
const whole = ({ header, transport }: Arrival): Uint8Array => Uint8Array.from([...header, ...transport])
const datagram = udp(`${one}:1000`, `${other}:${port}`)

scenario('F-203', 'a packet has the port that a rule gives, and a right checksum', async (world) => {
  const ip = parseIp(whole(await arrived(world, toAnother, datagram)))
  assert.deepEqual([ip?.destinationPort, ip?.udp?.checksumState], [2000, 'valid'])
})

const toAnother6: Rule = { ...toAnother, version: 6, action: { kind: 'dnat', to: '[fd00::2]:2000' } }
for (const [version, rule, empty, header] of [
  ['IPv4', toAnother, udp(`${one}:1000`, `${other}:${port}`, ''), 20],
  ['IPv6', toAnother6, udp('[fd00::1]:1000', formatEnd({ address: 'fd00::2', port }), ''), 40],
] as const)
  scenario(
    'F-203',
    `a datagram of ${version} without content or checksum gets a port, and no checksum`,
    async (world) => {
      const { transport } = await arrived(world, rule, empty.fill(0, header + 6))
      assert.deepEqual([...transport], [0x03, 0xe8, 0x07, 0xd0, 0, 8, 0, 0])
    },
  )

/** Bytes 6 and 7 are a checksum of all three. */
const header = Uint8Array.of(0x03, 0xe8, 0x1b, 0x5f, 0, 8, 0x12, 0x34, 0, 0, 0, 1)
const headers: Readonly<Record<'udplite' | 'dccp', Uint8Array>> = {
  udplite: header,
  dccp: Uint8Array.of(...header.with(4, 6).with(5, 0), 0, 0, 0, 1, ...new Uint8Array(8)).with(8, 1),
}
for (const protocol of ['udplite', 'dccp'] as const)
  for (const [direction, more, ports] of [
    ['destination', { natDst: { v4Minip: parseAddress(other)!, proto: { portMin: 2000 } } }, [1000, 2000]],
    ['source', { natSrc: { v4Minip: parseAddress(one)!, proto: { portMin: 2000 } } }, [2000, port]],
  ] as const)
    scenario(
      'F-203',
      `${protocol} has another ${direction} port, where it is tracked, and the checksum says so`,
      async (world) => {
        await world.rules(track, toAnother)
        await world.open().must(creation(`${protocol} ${one}:1000 > ${other}:${port}`, more))
        await world.emit(raw(ipProtocol[protocol], one, other, headers[protocol]))
        const [found] = await world.arrivals(1)
        const { transport } = found!
        assert.deepEqual([be16(transport, 0), be16(transport, 2)], world.profile[protocol] ? ports : [1000, port])
        assert.equal(internetChecksum(transport), internetChecksum(headers[protocol]))
      },
    )

scenario(
  'F-203',
  'a checksum of UDP-Lite that comes to 0 is all ones',
  async (world) => {
    await world.rules(track, toAnother)
    const natDst = { v4Minip: parseAddress(other)!, proto: { portMin: 2000 } }
    await world.open().must(creation(`udplite ${one}:1000 > ${other}:${port}`, { natDst }))
    const sum = 0xffff - (port - 2000)
    await world.emit(raw(ipProtocol.udplite, one, other, header.with(6, sum >> 8).with(7, sum & 0xff)))
    const [found] = await world.arrivals(1)
    assert.equal(be16(found!.transport, 6), 0xffff)
  },
  ({ profile }) => (profile.udplite ? undefined : 'the kernel does not track UDP-Lite (7.1)'),
)

for (const [version, rule, sender, to] of [
  ['IPv4', fromAnother, one, other],
  ['IPv6', { ...fromAnother, version: 6, action: { kind: 'snat', to: 'fd00::2' } }, 'fd00::1', 'fd00::2'],
] as const)
  scenario('F-445', `of ${version}`, async (world) => {
    await world.rules(track, rule, { hook: 'input', table: 'filter', action: { kind: 'queue', number: 0 } })
    const queue = await Queue.open(world, 0)
    await world.emit(udp(formatEnd({ address: sender, port: 1000 }), formatEnd({ address: to, port })))
    const { payload } = await queue.packet()
    const longer = Uint8Array.from([...payload!, 1, 2, 3])
    assert.equal((await queue.judge(1, 'accept', { payload: longer })).error, '0')
    const found = await world.arrivals(world.profile.validatesPayload ? 0 : 1)
    const behind = longer.subarray(version === 'IPv4' ? 20 : 40)
    assert.deepEqual(
      found.map(({ transport }) => transport),
      world.profile.validatesPayload ? [] : [behind],
    )
  })

scenario('F-203', 'an answer has the port that was asked', async (world) => {
  await arrived(world, toAnother, datagram)
  await world.emit(udp(`${other}:2000`, `${one}:1000`))
  const [answer] = await world.arrivals(1)
  assert.equal(be16(answer!.transport, 0), port)
})

scenario('F-203', 'a wrong checksum stays wrong', async (world) => {
  const wrong = datagram.slice()
  wrong[26] = wrong[26]! ^ 0x55
  const ip = parseIp(whole(await arrived(world, toAnother, wrong)))
  assert.deepEqual([ip?.destinationPort, ip?.udp?.checksumState], [2000, 'invalid'])
})

for (const [what, to] of [
  ['to another port', `${other}:2000`],
  ['to the same port', `${other}:${port}`],
] as const)
  scenario('F-442', what, async (world) => {
    const rule = translate({ hook: 'output', protocol: 'sctp', port, action: { kind: 'dnat', to } })
    const chunks = [{ type: 1, flags: 0, value: new Uint8Array(16).fill(1) }]
    const wrong = sctp(`${one}:1000 > ${one}:${port}`, { chunks, ttl: 61, identification: 1 })
    wrong[28] = wrong[28]! ^ 0x55
    const { transport, header } = await arrived(world, rule, wrong)
    assert.equal(parseIp(whole({ header, transport } as Arrival))?.sctp?.checksumState, 'valid')
  })

scenario(
  'F-203',
  'an error goes to whom the packet that it quotes came from, and quotes what was sent',
  async (world) => {
    const sent = whole(await arrived(world, toAnother, datagram))
    await world.emit(icmpUnreachable(`${other} > ${one}`, sent, 'port', { ttl: 61, identification: 1 }))
    const [error] = await world.arrivals(1)
    assert.equal(parseIp(whole(error!))?.icmp?.checksumState, 'valid')
    assert.equal(be16(error!.transport, 8 + 22), port)
  },
)

for (const [what, rules, count] of [
  ['is dropped where addresses are translated, also if its own are not', [track, toAnother], 0],
  ['gets through elsewhere', [track], 1],
] as const)
  scenario('F-203', `an error with a wrong checksum ${what}`, async (world) => {
    await world.rules(...rules)
    const untouched = udp(`${one}:1000`, `${other}:9`)
    await world.emit(untouched)
    assert.equal((await world.arrivals(1)).length, 1)
    const error = icmpUnreachable(`${other} > ${one}`, untouched, 'port', { ttl: 61, identification: 1 })
    error[22] = error[22]! ^ 0x55
    await world.emit(error)
    assert.equal((await world.arrivals(count)).length, count)
  })

scenario('F-203', 'where the port that a rule gives is taken, the sender has another one', async (world) => {
  await world.rules(track, toAnother)
  await world.emit(udp(`${one}:1000`, `${other}:2000`))
  await world.arrivals(1)
  await world.emit(datagram)
  const [{ transport } = assert.fail()] = await world.arrivals(1)
  assert.equal(be16(transport, 2), 2000)
  assert.notEqual(be16(transport, 0), 1000)
})

scenario(
  'F-203',
  'a packet of a protocol without ports is dropped where its connection would be taken for another',
  async (world) => {
    await world.rules(track, translate({ hook: 'output', action: { kind: 'dnat', to: one } }))
    const dccp = (from: string, to: string) => raw(33, from, to, new Uint8Array(28).fill(7))
    await world.emit([dccp(one, other), dccp(other, one)])
    assert.equal((await table(world.open())).length, 1)
  },
  (world) => (world.profile.dccp ? 'the kernel tracks DCCP' : undefined),
)

scenario('F-203', 'GRE has another address, and no other key', async (world) => {
  const gre = raw(47, one, other, Uint8Array.of(0x20, 0, 8, 0, 0, 0, 0, 9))
  const found = await arrived(world, fromAnother, gre)
  assert.equal(formatAddress(found.header.subarray(12, 16)), other)
  assert.deepEqual([...found.transport], [0x20, 0, 8, 0, 0, 0, 0, 9])
})

scenario(
  'F-203',
  'every connection of a namespace that translates is translated, to itself at least',
  async (world) => {
    await arrived(world, toAnother, udp(`${one}:1000`, `${other}:9`))
    assert.equal((await entryOf(world.open(), `udp ${one}:1000 > ${other}:9`)).status, 0x188)
  },
)

scenario('F-203', 'a request for another identifier of ICMP alone translates', async (world) => {
  const socket = world.open()
  const of = `icmp ${one} > ${other} type 8 code 0 id 7`
  const natDst = { v4Minip: parseAddress(other)!, proto: { portMin: 2000 } }
  await socket.must(creation(of, { natDst }))
  const { tupleReply, status } = await entryOf(socket, of)
  assert.deepEqual([text(tupleReply), status], [`icmp ${other} > ${one} type 0 code 0 id 2000`, 0x1a8])
})

const address = { v4Minip: parseAddress('10.9.9.9')! }
for (const [what, of, expected] of [
  [
    'an identifier of ICMP, in either direction',
    `icmp ${one} > ${other} type 8 code 0 id 8`,
    `icmp 10.9.9.9 > ${one} type 0 code 0 id 2000`,
  ],
  ['no key of GRE', `gre ${one}:0 > ${other}:7`, `gre 10.9.9.9:7 > ${one}:0`],
] as const)
  scenario('F-203', `a request for a destination with a port changes ${what}`, async (world) => {
    const socket = world.open()
    await socket.must(creation(of, { natDst: { ...address, proto: { portMin: 2000 } } }))
    assert.equal(text((await entryOf(socket, of)).tupleReply), expected)
  })

scenario('F-203', 'what a verdict has cut off in the ports is dropped where it is translated', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(track, toAnother, { hook: 'prerouting', table: 'raw', action: { kind: 'queue', number: 7 } })
  await world.emit(datagram)
  const { id, payload } = await queue.packet()
  assert.equal((await queue.judge(id, 'accept', { payload: payload.slice(0, 24) })).error, '0')
  assert.deepEqual(await world.arrivals(0), [])
})
