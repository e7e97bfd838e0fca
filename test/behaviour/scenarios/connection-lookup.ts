import assert from 'node:assert/strict'
import type { Conntrack } from '@nfkit/netlink-codec/conntrack'
import { creation, entry, entryOf, lookup, names, table, text, texts, tuple } from '../flow.ts'
import { connection } from '../request.ts'
import { scenario } from '../scenario.ts'

const one = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'
const back = 'udp 10.1.0.2:2000 > 10.1.0.1:1000'
const two = 'udp 10.1.0.1:1001 > 10.1.0.2:2000'
const web = 'tcp 10.1.0.1:1000 > 10.1.0.2:80'

scenario('F-120', 'a lookup without a tuple: EINVAL', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  const { id } = await entryOf(socket, one)
  assert.equal((await socket.ask(connection('get'))).error, 'EINVAL')
  assert.equal((await socket.ask(connection('get', { id: id! }))).error, 'EINVAL')
})

scenario('F-120', 'a lookup of what is not there: ENOENT', async (world) => {
  assert.equal((await world.open().ask(lookup(one))).error, 'ENOENT')
})

scenario('F-120', "a lookup by the reply's direction finds it too", async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  for (const value of [{ tupleOrig: tuple(back) }, { tupleReply: tuple(back) }, { tupleReply: tuple(one) }]) {
    const [message] = await socket.must(connection('get', value))
    assert.equal(text(entry(message!).tupleOrig), text(tuple(one)))
  }
})

scenario('F-120', 'a lookup does not look at the id', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  await socket.must(lookup(one, { id: 1 }))
})

scenario('F-120', 'an entry with timeout 0 is expired at once: ENOENT', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { timeout: 0 }))
  assert.equal((await socket.ask(lookup(one))).error, 'ENOENT')
})

scenario('F-129', 'an expired entry is gone from lookups and dumps', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { timeout: 1 }))
  await socket.must(creation(two))
  await world.pass(1.2)
  assert.deepEqual(await table(socket), texts(two))
  assert.equal((await socket.ask(lookup(one))).error, 'ENOENT')
  await socket.must(creation(one))
})

scenario('F-121', 'the attributes of an entry, in order', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  const plain = ['tupleOrig', 'tupleReply', 'status', 'mark', 'id', 'use', 'timeout']
  const [message] = await socket.must(lookup(one))
  assert.deepEqual(names(message!), [...plain, ...(world.profile.synproxy ? ['synproxy'] : [])])
})

scenario('F-121', 'with TCP, counters and times', async (world) => {
  const socket = world.open()
  await world.sysctl('net.netfilter.nf_conntrack_acct', 1)
  await world.sysctl('net.netfilter.nf_conntrack_timestamp', 1)
  await socket.must(creation(web))
  const [message] = await socket.must(lookup(web))
  assert.deepEqual(names(message!), [
    ...[
      'tupleOrig',
      'tupleReply',
      'status',
      'mark',
      'id',
      'use',
      'timeout',
      'protoinfo',
      'countersOrig',
      'countersReply',
      'timestamp',
    ],
    ...(world.profile.synproxy ? ['synproxy'] : []),
  ])
  const found = entry(message!)
  assert.deepEqual(
    [found.countersOrig, found.countersReply],
    [
      { packets: 0n, bytes: 0n },
      { packets: 0n, bytes: 0n },
    ],
  )
  assert.deepEqual(Object.keys(found.timestamp!), ['start'])
})

scenario('F-121', 'a zone comes after the tuples', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { zone: 5 }))
  const [message] = await socket.must(lookup(one, { zone: 5 }))
  assert.deepEqual(names(message!).slice(0, 4), ['tupleOrig', 'tupleReply', 'zone', 'status'])
  assert.equal(entry(message!).zone, 5)
  assert.equal((await socket.ask(lookup(one))).error, 'ENOENT')
})

scenario('F-120', 'a zone of one direction is compared in that direction alone', async (world) => {
  const socket = world.open()
  const zoned = { ...tuple(back), zone: 5 }
  await socket.must(creation(one, { tupleReply: zoned }))
  const found = async (value: Conntrack) => (await socket.ask(connection('get', value))).error
  assert.equal(await found({ tupleOrig: tuple(one) }), '0')
  assert.equal(await found({ tupleReply: zoned }), '0')
  assert.equal(await found({ tupleOrig: zoned }), 'ENOENT')
  assert.equal(await found({ tupleReply: { ...tuple(back), zone: 6 } }), 'ENOENT')
  assert.equal(await found({ tupleOrig: { ...tuple(one), zone: 5 } }), 'ENOENT')
})

scenario('F-122', 'CTRZERO returns the counters and zeroes them', async (world) => {
  const socket = world.open()
  await world.sysctl('net.netfilter.nf_conntrack_acct', 1)
  await socket.must(creation(one))
  const request = connection('getCtrzero', { tupleOrig: tuple(one) })
  const { error, replies } = await socket.ask(request)
  assert.equal(error, '0')
  assert.deepEqual(entry(replies[0]!).countersOrig, { packets: 0n, bytes: 0n })
})
