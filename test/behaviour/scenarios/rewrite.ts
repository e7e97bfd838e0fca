import assert from 'node:assert/strict'
import { hook } from '@nfkit/netlink-codec/nfnetlink'
import { track } from '../events.ts'
import { table } from '../flow.ts'
import { aTable, commit, counted, nft } from '../nftables.ts'
import { echo, raw, udp } from '../packet.ts'
import { pending, Queue, queuedPackets, waiting } from '../queue.ts'
import { scenario } from '../scenario.ts'

const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')
const hello6 = udp('[fd00::1]:1000', '[fd00::2]:7007')

for (const [what, text] of [
  ['of the same size', 'HELLO'],
  ['longer', 'hello and much more than that'],
  ['shorter', 'h'],
] as const) {
  scenario('F-088', `a payload ${what} replaces the packet`, async (world) => {
    const queue = await waiting(world)
    const payload = udp('10.1.0.1:1000', '10.1.0.2:7007', text)
    assert.equal((await queue.judge(1, 'accept', { payload })).error, '0')
    assert.deepEqual((await world.arrivals(1))[0]!.transport, payload.slice(20))
  })

  scenario('F-088', `an IPv6 payload ${what} replaces the packet`, async (world) => {
    const queue = await waiting(world, 1, hello6)
    const payload = udp('[fd00::1]:1000', '[fd00::2]:7007', text)
    assert.equal((await queue.judge(1, 'accept', { payload })).error, '0')
    assert.deepEqual((await world.arrivals(1))[0]!.transport, payload.slice(40))
  })
}

scenario('F-088', 'a payload of 60,000 bytes replaces the packet', async (world) => {
  const queue = await waiting(world)
  const payload = udp('10.1.0.1:1000', '10.1.0.2:7007', 'x'.repeat(59_972))
  assert.equal((await queue.judge(1, 'accept', { payload })).error, '0')
  assert.equal((await world.arrivals(1))[0]!.transport.length, 59_980)
})

for (const [what, size] of [
  ['empty', 0],
  ['shorter than the network header', 19],
] as const) {
  scenario('F-088', `a payload that is ${what}: dropped, answer 0`, async (world) => {
    const queue = await waiting(world)
    assert.equal((await queue.judge(1, 'accept', { payload: hello.slice(0, size) })).error, '0')
    assert.deepEqual(await world.arrivals(0), [])
    assert.equal(await pending(world), 0)
  })
}

for (const [what, verdicts, again, leaves] of [
  ['ACCEPT', ['accept'], 0, 0],
  ['REPEAT: it is queued again', ['repeat'], 1, 0],
  ['REPEAT and then ACCEPT', ['repeat', 'accept'], 1, 1],
  ['ACCEPT with a bit above the low byte', [0x101], 0, 1],
  ['STOP', ['stop'], 0, 1],
] as const)
  scenario(
    'F-434',
    what,
    async (world) => {
      const [queue, behind] = [await Queue.open(world, 7), await Queue.open(world, 8)]
      await world.rules()
      const own = aTable('own')
      const put = (chain: string, at: number, number: number) => [
        own.chain(chain, at),
        own.rule(chain, nft.load('mark'), nft.is(1, 0, 0, 0), nft.queue(number)),
      ]
      const messages = [own.new(), ...put('out', hook.output, 7), ...put('post', hook.postrouting, 8)]
      assert.deepEqual(await commit(world.open(), messages), [])
      await world.emit(hello6, { mark: 1 })
      await queue.packet()
      const found: number[] = []
      for (const [i, verdict] of verdicts.entries()) {
        const payload = i === 0 ? { payload: Uint8Array.from([...hello6.slice(0, 24), ...new Uint8Array(4)]) } : {}
        const { error, replies } = await queue.judge(i + 1, verdict, payload)
        assert.equal(error, '0')
        found.push(...queuedPackets(replies).map(({ id }) => id))
      }
      assert.equal(found.length, again)
      await behind.packets(leaves)
    },
    (world) => (world.profile.validatesPayload ? 'the kernel refuses such a payload' : undefined),
  )

scenario('F-088', 'a payload that is of no version of IP does not come in', async (world) => {
  const queue = await waiting(world, 1, hello6)
  const own = aTable('own')
  const socket = world.open()
  await commit(socket, [own.new(), own.chain('in', hook.input), own.rule('in', nft.counter)])
  assert.equal((await queue.judge(1, 'accept', { payload: new Uint8Array(48) })).error, '0')
  assert.deepEqual(await world.arrivals(0), [])
  assert.deepEqual(await counted(socket, 'own'), ['0, 0'])
})

scenario('F-088', 'a total length that is not the length: checked since 7.2', async (world) => {
  const queue = await waiting(world)
  const payload = Uint8Array.from([...hello, 1, 2, 3, 4])
  assert.equal((await queue.judge(1, 'accept', { payload })).error, '0')
  assert.equal(
    (await world.arrivals(world.profile.validatesPayload ? 0 : 1)).length,
    world.profile.validatesPayload ? 0 : 1,
  )
})

for (const [what, tracked, edit, length] of [
  ['longer than its checksum says', false, (bytes: Uint8Array) => Uint8Array.from([...bytes, 0, 0]), undefined],
  ['that nobody looked at, cut off', false, (bytes: Uint8Array) => bytes.slice(0, 45), undefined],
  ['that was found right, cut off', true, (bytes: Uint8Array) => bytes.slice(0, 45), 5],
  ['that was found right, cut off in the checksum', true, (bytes: Uint8Array) => bytes.slice(0, 43), undefined],
] as const)
  scenario('F-088', `a socket for ICMPv6 and a message ${what}`, async (world) => {
    const queue = await Queue.open(world, 7)
    await world.rules(...(tracked ? [track] : []), {
      hook: 'input',
      table: 'filter',
      action: { kind: 'queue', number: 7 },
    })
    await world.receive(echo('fd02::9', 'fd02::1', 1, 'request'))
    const { payload } = await queue.packet()
    await queue.judge(1, 'accept', { payload: edit(payload) })
    // Up to 6.11 the connection is looked for again, of which nothing is left to see.
    const { validatesPayload, joinsAtVerdict } = world.profile
    const isHeard = length !== undefined && !validatesPayload && !joinsAtVerdict
    assert.deepEqual(
      (await world.arrivals(isHeard ? 1 : 0)).map(({ transport }) => transport.length),
      isHeard ? [length] : [],
    )
  })

scenario('F-088', 'an IPv6 header that ends behind other bytes of the destination finds no way out', async (world) => {
  const queue = await Queue.open(world, 7)
  await world.rules(track, { hook: 'output', table: 'filter', action: { kind: 'queue', number: 7 } })
  await world.emit(raw(99, 'fd00::1', 'fd00::2', new Uint8Array(8)))
  const cut = (await queue.packet()).payload.slice(0, 27)
  cut[26] = cut[26]! ^ 0x55
  assert.equal((await queue.judge(1, 'accept', { payload: cut })).error, '0')
  assert.deepEqual(await world.arrivals(0), [])
  assert.deepEqual(await table(world.open()), [])
})

scenario('F-088', 'another time to live is taken', async (world) => {
  const queue = await waiting(world)
  await queue.judge(1, 'accept', { payload: udp('10.1.0.1:1000', '10.1.0.2:7007', 'hello', { ttl: 33 }) })
  assert.equal((await world.arrivals(1))[0]!.header[8], 33)
})

scenario('F-089', 'a wrong checksum stays wrong', async (world) => {
  const queue = await waiting(world)
  const payload = hello.slice()
  payload.set([0x12, 0x34], 26)
  await queue.judge(1, 'accept', { payload })
  assert.deepEqual([...(await world.arrivals(1))[0]!.transport.slice(6, 8)], [0x12, 0x34])
})

scenario('F-090', 'a connection in a verdict without one is ignored', async (world) => {
  const queue = await waiting(world)
  assert.equal((await queue.judge(1, 'accept', { ct: { mark: 5 } })).error, '0')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-090', 'link-layer attributes outside the bridge are ignored', async (world) => {
  const queue = await waiting(world, 2)
  assert.equal((await queue.judge(1, 'accept', { vlan: { tci: 5 } })).error, '0')
  assert.equal((await queue.judge(2, 'accept', { l2hdr: new Uint8Array(3) })).error, '0')
  assert.equal((await world.arrivals(2)).length, 2)
})
