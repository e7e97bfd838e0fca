import assert from 'node:assert/strict'
import { hook } from '@nfkit/netlink-codec/nfnetlink'
import { aTable, commit, type Expression, elementsOf, expressionsOf, nft, usesOf } from '../nftables.ts'
import { udp } from '../packet.ts'
import { scenario } from '../scenario.ts'
import type { Socket } from '../socket.ts'
import type { World } from '../world.ts'

const own = aTable('own')

async function having(world: World, ...messages: readonly Uint8Array[]): Promise<Socket> {
  const socket = world.open()
  assert.deepEqual(await commit(socket, [own.new(), ...messages]), [])
  return socket
}

const load = nft.load('mark')
const option = { dreg: 1, op: 'tcpopt', type: 3, offset: 2, len: 1 }
const hash = { sreg: 1, dreg: 1, len: 4, modulus: 3, seed: 1, type: 'jenkins' }
const write = { sreg: 1, base: 'transportHeader', offset: 8, len: 4 }
/** Twelve bytes, of a struct that is kept in sixteen. */
const info = Uint8Array.of(1, 0, 0, 0, 255, 0, 0, 0, 1, 0, 0, 0)

const listings: readonly (readonly [string, Expression, object])[] = [
  ['flags of what looks for an option, though none were said', { name: 'exthdr', data: option }, { flags: 0 }],
  ['no offset of a hash that is 0', { name: 'hash', data: { ...hash, offset: 0 } }, { offset: undefined }],
  [
    'how a write mends checksums, though it does not',
    { name: 'payload', data: write },
    { csumType: 'none', csumFlags: 0 },
  ],
  [
    'a struct of iptables as long as it is kept',
    { name: 'match', data: { name: 'mark', rev: 1, info } },
    { info: Uint8Array.from({ length: 16 }, (_, i) => info[i] ?? 0) },
  ],
]
for (const [what, expression, wanted] of listings)
  scenario('F-311', `a rule lists ${what}`, async (world) => {
    const socket = await having(world, own.chain('c'), own.rule('c', load, expression))
    const [, { data } = assert.fail()] = await expressionsOf(socket, 'own')
    for (const [key, value] of Object.entries(wanted)) assert.deepEqual(data[key], value)
  })

scenario('F-311', 'a rule that refers to an object twice counts as two', async (world) => {
  const hits = { name: 'objref', data: { immType: 'counter', immName: 'hits' } }
  const socket = await having(world, own.object('hits', 'counter', {}), own.chain('c'), own.rule('c', hits, hits))
  assert.deepEqual(await usesOf(socket, 'own'), [2])
})

const set = { keyLen: 4, flags: 0x10, timeout: 100_000_000n, desc: { size: 10 } }
const remember = { name: 'dynset', data: { setName: 'seen', op: 'add', sregKey: 1 } }

scenario('F-311', "an element that a packet adds lists its set's timeout in some kernels", async (world) => {
  const socket = await having(
    world,
    own.set('seen', set),
    own.elements('seen', { key: nft.value(10, 1, 0, 9) }),
    own.chain('out', hook.output),
    own.rule('out', nft.source, remember),
  )
  await world.emit(udp('10.1.0.1:1000', '10.1.0.2:7007'))
  const timeouts = (await elementsOf(socket, 'own', 'seen')).map(({ timeout }) => timeout)
  assert.deepEqual(timeouts, [world.profile.nftables?.tellsSetTimeouts ? set.timeout : undefined, undefined])
})

scenario('F-311', 'an element that a packet adds counts where those of its set do', async (world) => {
  const counting = { ...set, flags: 0x30, expr: nft.counter }
  const socket = await having(
    world,
    own.set('seen', counting),
    own.chain('out', hook.output),
    own.rule('out', nft.source, remember),
  )
  await world.emit(udp('10.1.0.1:1000', '10.1.0.2:7007'))
  const [{ expr } = assert.fail()] = await elementsOf(socket, 'own', 'seen')
  assert.deepEqual(expr, { name: 'counter', data: { packets: 1n, bytes: 33n } })
})
