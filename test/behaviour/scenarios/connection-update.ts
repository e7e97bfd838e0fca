import assert from 'node:assert/strict'
import { parseAddress } from '@nfkit/inet'
import { messageFlags } from '@nfkit/netlink-codec'
import { type Conntrack, status } from '@nfkit/netlink-codec/conntrack'
import { change, creation, entryOf, tuple } from '../flow.ts'
import { scenario } from '../scenario.ts'

const one = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'
const two = 'udp 10.1.0.1:1001 > 10.1.0.2:2000'
const web = 'tcp 10.1.0.1:1000 > 10.1.0.2:80'
const { create, replace } = messageFlags

scenario('F-112', 'EXCL refuses what exists: EEXIST', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  assert.equal((await socket.ask(creation(one))).error, 'EEXIST')
})

for (const [what, flags] of [
  ['CREATE', create],
  ['no flags', 0],
  ['REPLACE', replace],
  ['CREATE and REPLACE', create | replace],
] as const) {
  scenario('F-112', `with ${what} what exists is updated`, async (world) => {
    const socket = world.open()
    await socket.must(creation(one, { mark: 1 }))
    await socket.must(creation(one, { mark: 2, timeout: 500 }, flags))
    const found = await entryOf(socket, one)
    assert.equal(found.mark, 2)
    assert.ok(found.timeout! > 400)
  })
}

for (const [what, more, error] of [
  ['source translation', { natSrc: { v4Minip: parseAddress('10.9.9.9')! } }, 'EOPNOTSUPP'],
  ['destination translation', { natDst: { v4Minip: parseAddress('10.9.9.9')! } }, 'EOPNOTSUPP'],
  ['a master', { tupleMaster: tuple(two) }, 'EOPNOTSUPP'],
  ['an unknown helper', { help: { name: 'nosuchhelper' } }, 'EOPNOTSUPP'],
  ['labels without room', { labels: new Uint8Array(16).fill(1) }, 'ENOSPC'],
  ['half a sequence adjustment', { seqAdjReply: { correctionPos: 1, offsetBefore: 2 } }, 'EINVAL'],
  ['status EXPECTED', { status: status.confirmed | status.expected }, 'EBUSY'],
  ['status without CONFIRMED', { status: status.assured }, 'EBUSY'],
  ['status DYING', { status: status.confirmed | status.dying }, 'EBUSY'],
] as const satisfies readonly (readonly [string, Conntrack, string])[]) {
  scenario('F-115', `an update with ${what}: ${error}`, async (world) => {
    const socket = world.open()
    await socket.must(creation(one))
    assert.equal((await socket.ask(change(one, more))).error, error)
  })
}

scenario('F-115', 'SEEN_REPLY and ASSURED cannot be cleared: EBUSY', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { status: 0xe }))
  assert.equal((await socket.ask(change(one, { status: 0xc }))).error, 'EBUSY')
  assert.equal((await socket.ask(change(one, { status: 0xa }))).error, 'EBUSY')
  assert.equal((await entryOf(socket, one)).status, 0xe)
})

scenario('F-115', 'a fixed timeout stays: EPERM', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { status: status.confirmed | status.fixedTimeout }))
  assert.equal((await socket.ask(change(one, { timeout: 5000 }))).error, 'EPERM')
  assert.ok((await entryOf(socket, one)).timeout! <= 100)
})

scenario('F-115', 'an unknown helper for a new entry: EOPNOTSUPP', async (world) => {
  assert.equal((await world.open().ask(creation(web, { help: { name: 'nosuchhelper' } }))).error, 'EOPNOTSUPP')
})

scenario('F-115', 'the steps of an update before the one that fails stay done', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { mark: 1 }))
  assert.equal((await socket.ask(change(one, { timeout: 3000, mark: 2, status: 0 }))).error, 'EBUSY')
  const found = await entryOf(socket, one)
  assert.ok(found.timeout! > 2000)
  assert.equal(found.mark, 1)
})

for (const [old, value, mask, result] of [
  [0xff00, 0x0012, 0x00ff, 0xff12],
  [0xffff, 0x0f0f, 0x00ff, 0xf00f],
  [0x1234, 0x0001, 0x0000, 0x1235],
  [0x1234, 0x0005, 0xffff_ffff, 0x0005],
] as const) {
  scenario(
    'F-116',
    `mark 0x${old.toString(16)} set to 0x${value.toString(16)} under 0x${mask.toString(16)}`,
    async (world) => {
      const socket = world.open()
      await socket.must(creation(one, { mark: old }))
      await socket.must(change(one, { mark: value, markMask: mask }))
      assert.equal((await entryOf(socket, one)).mark, result)
    },
  )
}

scenario('F-117', 'an update sets status bits', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  await socket.must(change(one, { status: status.confirmed | status.seenReply }))
  await socket.must(change(one, { status: status.confirmed | status.seenReply | status.assured }))
  await socket.must(change(one, { status: 0xe | status.fixedTimeout }))
  assert.equal((await entryOf(socket, one)).status, 0x40e)
  await socket.must(change(one, { status: 0xe }))
  assert.equal((await entryOf(socket, one)).status, 0x40e)
})

scenario('F-117', 'bits nobody may change are ignored', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  await socket.must(
    change(one, { status: status.confirmed | status.srcNat | status.dstNat | status.template | status.offload }),
  )
  assert.equal((await entryOf(socket, one)).status, status.confirmed)
})

scenario('F-115', 'labels must come in words: EINVAL', async (world) => {
  const socket = world.open()
  await world.rules({ hook: 'forward', table: 'filter', action: { kind: 'label', value: 3 } })
  await socket.must(creation(one))
  assert.equal((await socket.ask(change(one, { labels: new Uint8Array(3) }))).error, 'EINVAL')
  assert.equal(
    (await socket.ask(change(one, { labels: new Uint8Array(4), labelsMask: new Uint8Array(8) }))).error,
    'EINVAL',
  )
})

scenario('F-115', 'labels are set where a rule looks at them', async (world) => {
  const socket = world.open()
  await world.rules({ hook: 'forward', table: 'filter', action: { kind: 'label', value: 3 } })
  await socket.must(creation(one))
  await socket.must(change(one, { labels: Uint8Array.of(8, 0, 0, 0) }))
  assert.deepEqual([...(await entryOf(socket, one)).labels!], [8, ...new Array<number>(15).fill(0)])
  const mask = Uint8Array.of(2, 0, 0, 0)
  await socket.must(change(one, { labels: Uint8Array.of(7, 0, 0, 0), labelsMask: mask }))
  assert.equal((await entryOf(socket, one)).labels![0], 15) // (8 and not 2) xor 7, as with marks
})

scenario('F-115', 'sequence adjustments are set, and told', async (world) => {
  const socket = world.open()
  await socket.must(creation(web))
  const adjustment = { correctionPos: 1, offsetBefore: 2, offsetAfter: 3 }
  await socket.must(change(web, { seqAdjReply: adjustment }))
  const { seqAdjOrig, seqAdjReply } = await entryOf(socket, web)
  assert.deepEqual(seqAdjReply, adjustment)
  assert.deepEqual(seqAdjOrig, { correctionPos: 0, offsetBefore: 0, offsetAfter: 0 })
})
