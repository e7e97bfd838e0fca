import assert from 'node:assert/strict'
import { formatHex } from '@nfkit/inet'
import { family, hook } from '@nfkit/netlink-codec/nfnetlink'
import { type Nfqa, nfqa } from '@nfkit/netlink-codec/nfqueue'
import { udp } from '../packet.ts'
import { attributesOf, Queue, toQueue } from '../queue.ts'
import { scenario } from '../scenario.ts'
import type { Rule, World } from '../world.ts'

const { packetHdr, timestamp, hwaddr, vlan, l2hdr, skbInfo, payload } = nfqa.rows
const { ifindexIndev, ifindexPhysindev, ifindexOutdev, ifindexPhysoutdev } = nfqa.rows
const crossing = udp('10.4.0.1:1000', '10.4.0.2:7007')
const crossing6 = udp('[fd04::1]:1000', '[fd04::2]:7007')
const header = '020000000059' + '020000000058' + '0800'
const everything: Rule = { family: 'bridge', hook: 'forward', table: 'filter', action: { kind: 'queue', number: 7 } }
const tag = 0x6005

const canQueue = (world: World): string | undefined => world.without('queue statement')

async function bridged(world: World): Promise<Queue> {
  const queue = await Queue.open(world, 7)
  await world.rules(everything)
  return queue
}

for (const [what, packet, tci] of [
  ['an IPv4 frame', crossing, undefined],
  ['an IPv6 frame', crossing6, undefined],
  ['a frame with a VLAN tag', crossing, tag],
] as const) {
  scenario(
    'F-069',
    `what ${what} says at the FORWARD of a bridge`,
    async (world) => {
      const queue = await bridged(world)
      await world.cross(packet, tci === undefined ? {} : { vlan: tci })
      const queued = await queue.packet()
      assert.deepEqual([queued.family, queued.hook], [family.bridge, hook.forward])
      const devices = [ifindexPhysindev, ifindexIndev, ifindexPhysoutdev, ifindexOutdev]
      const tagged = tci === undefined ? [] : [vlan.id]
      assert.deepEqual(
        attributesOf(queued).filter((id) => id !== timestamp.id),
        [packetHdr.id, ...devices.map(({ id }) => id), hwaddr.id, ...tagged, l2hdr.id, skbInfo.id, payload.id],
      )
      const indexes = []
      for (const name of ['near', 'bridge', 'far', 'bridge'] as const) indexes.push(await world.device(name))
      assert.deepEqual(
        devices.map((row) => queued.get(row)),
        indexes,
      )
      assert.equal(formatHex(queued.get(hwaddr)!.hwAddr).slice(0, 12), '020000000058')
      assert.deepEqual(queued.get(vlan), tci === undefined ? undefined : { proto: 0x8100, tci })
      assert.equal(formatHex(queued.get(l2hdr)!), packet === crossing6 ? header.replace(/0800$/, '86dd') : header)
      assert.deepEqual(queued.payload, packet)
    },
    canQueue,
  )
}

scenario(
  'F-069',
  'a frame that is accepted crosses the bridge, one that is dropped does not',
  async (world) => {
    const queue = await bridged(world)
    await world.cross([crossing, udp('10.4.0.1:1000', '10.4.0.2:7007', 'other')])
    await queue.packets(2)
    assert.equal((await queue.judge(1, 'drop')).error, '0')
    assert.equal((await queue.judge(2, 'accept', { mark: 5 })).error, '0')
    const [arrival] = await world.arrivals(1)
    assert.equal(new TextDecoder().decode(arrival!.transport.subarray(8)), 'other')
    assert.deepEqual(await world.arrivals(0), [])
  },
  canQueue,
)

scenario(
  'F-070',
  'what crosses a bridge is an IPv4 packet to iptables, with the bridge as its device and its ports besides',
  async (world) => {
    const queue = await Queue.open(world, 7)
    await world.rules(toQueue(7, { hook: 'forward' }))
    const indexes = []
    for (const name of ['bridge', 'near', 'bridge', 'far'] as const) indexes.push(await world.device(name))
    await world.sysctl('net.bridge.bridge-nf-call-iptables', 1)
    await world.cross(crossing)
    const queued = await queue.packet()
    assert.deepEqual([queued.family, queued.hook], [family.ipv4, hook.forward])
    const devices = [ifindexIndev, ifindexPhysindev, ifindexOutdev, ifindexPhysoutdev]
    assert.deepEqual(
      attributesOf(queued).filter((id) => id !== timestamp.id),
      [packetHdr.id, ...devices.map(({ id }) => id), hwaddr.id, skbInfo.id, payload.id],
    )
    assert.deepEqual(
      devices.map((row) => queued.get(row)),
      indexes,
    )
    assert.equal((await queue.judge(1, 'accept')).error, '0')
    assert.deepEqual((await world.arrivals(1))[0]!.transport, crossing.slice(20))
  },
  (world) => world.without('bridged iptables'),
)

for (const [what, changes] of [
  ['a VLAN tag without its protocol', { vlan: { tci: 5 } }],
  ['a VLAN tag without its TCI', { vlan: { proto: 0x8100 } }],
  ['a link-layer header of two bytes', { l2hdr: Uint8Array.of(1, 2) }],
  ['a link-layer header that is one byte too long', { l2hdr: new Uint8Array(15) }],
] as const satisfies readonly (readonly [string, Nfqa])[]) {
  scenario(
    'F-091',
    `${what}: EINVAL, and the packet is dropped`,
    async (world) => {
      const queue = await bridged(world)
      await world.cross(crossing)
      await queue.packet()
      assert.equal((await queue.judge(1, 'accept', changes)).error, 'EINVAL')
      assert.deepEqual(await world.arrivals(0), [])
      assert.equal((await queue.judge(1, 'accept')).error, 'ENOENT')
    },
    canQueue,
  )
}

scenario(
  'F-091',
  'a link-layer header of the same length is taken',
  async (world) => {
    const queue = await bridged(world)
    await world.cross(crossing)
    const { l2hdr: old } = { l2hdr: (await queue.packet()).get(l2hdr)! }
    assert.equal((await queue.judge(1, 'accept', { l2hdr: old.slice() })).error, '0')
    assert.deepEqual((await world.arrivals(1))[0]!.transport, crossing.slice(20))
  },
  canQueue,
)

scenario(
  'F-098',
  'a port that left the bridge: ACCEPT is answered 0, and the packet is dropped',
  async (world) => {
    const queue = await bridged(world)
    await world.cross(crossing)
    await queue.packet()
    await world.leaveBridge()
    assert.equal((await queue.judge(1, 'accept')).error, '0')
    assert.deepEqual(await world.arrivals(0), [])
  },
  canQueue,
)
