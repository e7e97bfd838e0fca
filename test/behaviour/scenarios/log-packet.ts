import assert from 'node:assert/strict'
import { formatHex } from '@nfkit/inet'
import { decode, type Message } from '@nfkit/netlink-codec'
import { type LogConfig, logCopyMode, logFlags, nflogMessage, nfula } from '@nfkit/netlink-codec/nflog'
import { netfilterHeaderSize, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { udp } from '../packet.ts'
import { logging } from '../request.ts'
import { scenario } from '../scenario.ts'
import type { HookName, Rule, World } from '../world.ts'

const toLog = (hook: HookName): Rule => ({
  hook,
  table: 'filter',
  protocol: 'udp',
  port: 9,
  action: { kind: 'log', group: 5, prefix: 'seen' },
})

/** What a socket with the group is told of these payloads. */
async function copies(world: World, hook: HookName, settings: LogConfig, payloads: readonly string[], mark = 0) {
  const socket = world.open()
  await socket.must(logging(5, 'bind', settings))
  await world.rules(toLog(hook))
  await world.udp('10.1.0.1:1000', '10.1.0.2:9', payloads, { mark })
  const told: Message[] = []
  while (told.length < payloads.length) {
    const more = (await socket.wait(1)).filter(({ type }) => type === nflogMessage.packet.type)
    assert.ok(more.length > 0, `${told.length} copies of ${payloads.length}`)
    told.push(...more)
  }
  return told.map((message) => {
    assert.equal(netfilterOf(message).resourceId, 5)
    return read(message)
  })
}

const read = ({ bytes, start, end }: Message) => decode(nfula, bytes, start + netfilterHeaderSize, end)

scenario('F-402', 'at OUTPUT: hook, prefix, mark, sender and the whole packet', async (world) => {
  const [copy] = await copies(world, 'output', {}, ['hello'], 7)
  assert.equal(copy?.packetHdr?.hook, 3)
  assert.equal(copy?.prefix, 'seen')
  assert.equal(copy?.mark, 7)
  assert.deepEqual([copy?.uid, copy?.gid], [world.owner.uid, world.owner.gid])
  assert.equal(copy?.payload?.length, 33)
  assert.equal(new TextDecoder().decode(copy?.payload?.subarray(28)), 'hello')
})

scenario('F-402', 'the packet goes on', async (world) => {
  await copies(world, 'input', {}, ['hello'])
  const [arrival] = await world.arrivals(1)
  assert.equal(new TextDecoder().decode(arrival?.transport.subarray(8)), 'hello')
})

scenario('F-402', 'of a packet that came in: the kind, the length and the sender of its frame', async (world) => {
  const socket = world.open()
  await socket.must(logging(5, 'bind'))
  await world.rules(toLog('input'))
  await world.receive(udp('10.2.0.9:1000', '10.2.0.1:9'))
  const { ifindexIndev, hwtype, hwlen, hwheader, hwaddr } = read((await socket.wait(1))[0]!)
  assert.deepEqual([ifindexIndev, hwtype, hwlen], [await world.device('left'), 1, 14])
  assert.equal(formatHex(hwheader!.subarray(6)), '0200000000980800')
  assert.equal(formatHex(hwaddr!.hwAddr.subarray(0, 6)), '020000000098')
})

scenario(
  'F-402',
  'of a packet that came back: the kind of the loopback device, and a frame of zeros',
  async (world) => {
    const [copy] = await copies(world, 'input', {}, ['hello'])
    assert.deepEqual([copy?.hwtype, copy?.hwlen], [772, 14])
    assert.equal(formatHex(copy!.hwheader!), '0000000000000000000000000800')
  },
)

const { packet, meta, none } = logCopyMode
for (const [what, copyMode, copyRange, length] of [
  ['a copy range of 24', packet, 24, 24],
  ['a copy range of 0, which is the largest', packet, 0, 33],
  ['a copy range that no attribute has room for', packet, 0xffff_ffff, 33],
  ['the mode META', meta, 24, undefined],
  ['the mode NONE', none, 24, undefined],
  ['a mode that there is not', 99, 24, 33],
] as const)
  scenario('F-402', `with ${what} ${length ?? 'no'} bytes are copied`, async (world) => {
    const [copy] = await copies(world, 'output', { mode: { copyRange, copyMode } }, ['hello'])
    assert.equal(copy?.payload?.length, length)
    assert.equal(copy?.prefix, 'seen')
  })

scenario('F-403', 'numbers begin at 0 and rise by one', async (world) => {
  const told = await copies(world, 'output', { flags: logFlags.seq }, ['a', 'b', 'c'])
  assert.deepEqual(
    told.map(({ seq }) => seq),
    [0, 1, 2],
  )
})

scenario('F-403', 'there are none where the group does not ask', async (world) => {
  const told = await copies(world, 'output', {}, ['a', 'b'])
  assert.deepEqual(
    told.map(({ seq, seqGlobal }) => [seq, seqGlobal]),
    [
      [undefined, undefined],
      [undefined, undefined],
    ],
  )
})
