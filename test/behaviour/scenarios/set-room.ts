import assert from 'node:assert/strict'
import { hook } from '@nfkit/netlink-codec/nfnetlink'
import { aTable, commit, elementsOf, nft } from '../nftables.ts'
import { udp } from '../packet.ts'
import { scenario } from '../scenario.ts'
import type { Socket } from '../socket.ts'
import type { World } from '../world.ts'

const own = aTable('own')
/** Room for one, and time to see that what is dead takes it. */
const set = { keyLen: 4, flags: 0x10, gcInterval: 600_000, desc: { size: 1 } }
const change = (op: string, more: object = {}) => ({
  name: 'dynset',
  data: { setName: 'seen', op, sregKey: 1, ...more },
})

async function having(world: World, ...messages: readonly Uint8Array[]): Promise<Socket> {
  await world.rules()
  const socket = world.open()
  const chain = [own.new(), own.set('seen', set), own.chain('out', hook.output)]
  assert.deepEqual(await commit(socket, [...chain, ...messages]), [])
  return socket
}

const packet = udp('10.1.0.1:1000', '10.1.0.2:7007')
const other = udp('10.1.0.2:1000', '10.1.0.1:7007')
const keysOf = async (socket: Socket) => (await elementsOf(socket, 'own', 'seen')).map(({ key }) => key?.value?.at(-1))

scenario('F-312', 'an element that a packet deletes takes room until it is collected', async (world) => {
  const socket = await having(
    world,
    own.elements('seen', { key: nft.value(10, 1, 0, 1) }),
    own.rule('out', nft.source, change('delete'), change('add')),
  )
  await world.emit(packet)
  assert.deepEqual(await keysOf(socket), [])
})

scenario('F-312', 'one that a packet renews for no time dies at once, and takes room as well', async (world) => {
  const socket = await having(
    world,
    own.elements('seen', { key: nft.value(10, 1, 0, 1), timeout: 50_000_000n }),
    own.rule('out', nft.source, change('update')),
  )
  await world.emit([packet, other])
  assert.deepEqual(await keysOf(socket), [])
})

scenario('F-312', 'one that is deleted by a request makes room', async (world) => {
  const socket = await having(
    world,
    own.elements('seen', { key: nft.value(10, 1, 0, 9) }),
    own.rule('out', nft.source, change('add')),
  )
  assert.deepEqual(await commit(socket, [own.deleteElements('seen')]), [])
  await world.emit([packet, other])
  assert.deepEqual(await keysOf(socket), [1])
})

for (const [what, timeout, op] of [
  ['that died', 50_000_000n, 'update'],
  ['that a packet deleted', undefined, 'delete'],
] as const)
  scenario('F-437', `of an element ${what}`, async (world) => {
    const socket = await having(
      world,
      own.elements('seen', { key: nft.value(10, 1, 0, 1), ...(timeout && { timeout }) }),
      own.rule('out', nft.source, change(op), nft.verdict('accept')),
      own.rule('out', nft.source, change('add')),
    )
    await world.emit(packet)
    assert.deepEqual(await commit(socket, [own.deleteElements('seen'), own.deleteRules('out')]), [])
    assert.deepEqual(await commit(socket, [own.rule('out', nft.source, change('add'))]), [])
    await world.emit(packet)
    assert.deepEqual(await keysOf(socket), [1])
  })
