import { utf8 } from '@nfkit/inet/bytes'
import { messageFlags } from '@nfkit/netlink-codec'
import { batchAttrs, encodeMessage, family, netfilter, netfilterOf, subsystem } from '@nfkit/netlink-codec/nfnetlink'
import { Connection, NetlinkError, TransactionError } from '@nfkit/netlink-transport'
import { expect, onTestFinished, test } from 'vitest'
import { openMnl } from '../src/index.ts'

const { create, exclusive, echo } = messageFlags

/** `NFT_MSG_*` and attribute 1 of each, the table's name: as bytes, for there is no codec of nf_tables here. */
const operation = (message: number, name: string, flags = 0) =>
  encodeMessage({ type: (subsystem.nftables << 8) | message, flags, family: family.inet }, batchAttrs, {
    unknown: [{ id: 1, bytes: utf8(`${name}\0`) }],
  })
const newTable = (name: string, flags = create | exclusive) => operation(0, name, flags)
const getTable = (name: string) => operation(1, name)
const deleteTable = (name: string) => operation(2, name)

async function connected() {
  const transport = openMnl()
  const connection = new Connection(transport, netfilter())
  transport.receive(connection)
  onTestFinished(() => connection.close())
  const generation = async () => {
    const [answer] = await connection.request(encodeMessage({ type: 0x0a10, flags: 0 }, batchAttrs, {}))
    return netfilterOf(answer!).attrs.get(batchAttrs.rows.genid)!
  }
  const has = async (name: string) =>
    connection.request(getTable(name)).then(
      () => true,
      () => false,
    )
  return { transport, connection, generation, has }
}

test('a transaction is done as a whole, one generation later', async () => {
  const { connection, generation, has } = await connected()
  const before = await generation()
  const outcomes = await connection.transaction([newTable('made'), newTable('other'), deleteTable('other')])
  expect(outcomes).toEqual([{ messages: [] }, { messages: [] }, { messages: [] }])
  expect([await has('made'), await has('other')]).toEqual([true, false])
  expect(await generation()).toBe(before + 1)
  await connection.transaction([deleteTable('made')])
  expect(await has('made')).toBe(false)
})

test('one operation that fails in the middle is named, and none is done', async () => {
  const { connection, generation, has } = await connected()
  const before = await generation()
  const error = await connection
    .transaction([newTable('first'), deleteTable('missing'), newTable('last'), deleteTable('absent'), newTable('end')])
    .catch((error) => error)
  expect(error).toBeInstanceOf(TransactionError)
  expect(error.failures.map(({ index, error }: { index: number; error: NetlinkError }) => [index, error.code])).toEqual(
    [
      [1, 'ENOENT'],
      [3, 'ENOENT'],
    ],
  )
  expect(error.failures[0].error).toMatchObject({ offset: 20, request: 'NFNL_SUBSYS_NFTABLES message 2' })
  expect([await has('first'), await has('last'), await has('end')]).toEqual([false, false, false])
  expect(await generation()).toBe(before)
})

test('the last operation may be the one that fails', async () => {
  const { connection, has } = await connected()
  await expect(connection.transaction([newTable('first'), deleteTable('missing')])).rejects.toMatchObject({
    failures: [{ index: 1, error: { code: 'ENOENT' } }],
  })
  expect(await has('first')).toBe(false)
})

test('another generation than was given refuses the batch itself, and nothing is done', async () => {
  const { connection, generation, has } = await connected()
  const current = await generation()
  const refused = await connection.transaction([newTable('late')], { generation: current + 7 }).catch((error) => error)
  expect(refused).toBeInstanceOf(NetlinkError)
  expect(refused).toMatchObject({ code: 'ERESTART', request: 'NFNL_MSG_BATCH_BEGIN' })
  expect(await has('late')).toBe(false)
  await connection.transaction([newTable('right'), deleteTable('right')], { generation: current })
})

test('a dry run checks, and does nothing', async () => {
  const { connection, has } = await connected()
  await connection.transaction([newTable('dry')], { dryRun: true })
  expect(await has('dry')).toBe(false)
  await expect(connection.transaction([deleteTable('dry')], { dryRun: true })).rejects.toBeInstanceOf(TransactionError)
})

test('what the kernel echoes is in the outcome of its operation', async () => {
  const { connection } = await connected()
  const outcomes = await connection.transaction([
    newTable('quiet'),
    newTable('loud', create | echo),
    deleteTable('quiet'),
    deleteTable('loud'),
  ])
  expect(outcomes.map(({ messages }) => messages.length)).toEqual([0, 1, 0, 0])
  expect(outcomes[1]!.messages[0]!.type).toBe(0x0a00)
})

test('more than a send takes is refused with nothing done', async () => {
  const { transport, connection, has } = await connected()
  transport.resize({ send: 4608 })
  const many = Array.from({ length: 500 }, (_, i) => newTable(`table${i}`))
  await expect(connection.transaction(many)).rejects.toMatchObject({ name: 'TransportError', code: 'EMSGSIZE' })
  expect(await has('table0')).toBe(false)
})

test('requests go on while a transaction is under way, and events of others are no answers', async () => {
  const { connection } = await connected()
  const other = await connected()
  const heard: number[] = []
  const transport = openMnl()
  const listening = new Connection(transport, netfilter(), { message: ({ type }) => heard.push(type), error: () => {} })
  onTestFinished(() => listening.close())
  transport.receive(listening)
  transport.join(7)
  // Both number from 1 on: the events of one have the numbers of the other's answers.
  const results = await Promise.all([
    other.connection.transaction([newTable('theirs'), deleteTable('theirs')]),
    connection.transaction([newTable('ours'), deleteTable('ours')]),
    listening.transaction([newTable('mine'), deleteTable('mine')]),
  ])
  // Its own events are what the kernel tells of its operations: the tables, and the new generation with the first.
  expect(results.map((outcomes) => outcomes.map(({ messages }) => messages.length))).toEqual([
    [0, 0],
    [0, 0],
    [2, 1],
  ])
  expect(heard.filter((type) => type >> 8 === subsystem.nftables)).toHaveLength(6)
})
