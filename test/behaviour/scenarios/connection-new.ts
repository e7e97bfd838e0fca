import assert from 'node:assert/strict'
import { formatEnd, parseAddress } from '@nfkit/inet'
import { messageFlags } from '@nfkit/netlink-codec'
import { type Conntrack, status } from '@nfkit/netlink-codec/conntrack'
import { creation, entryOf, flow, table, text, texts, tuple } from '../flow.ts'
import { connection } from '../request.ts'
import { scenario } from '../scenario.ts'

const one = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'
const back = 'udp 10.1.0.2:2000 > 10.1.0.1:1000'
const two = 'udp 10.1.0.1:1001 > 10.1.0.2:2000'
const web = 'tcp 10.1.0.1:1000 > 10.1.0.2:80'
const ping = 'icmp 10.1.0.1 > 10.1.0.2 type 8 code 0 id 7'
const { create, exclusive } = messageFlags
const { tupleOrig, tupleReply } = flow(one)

for (const [what, value, flags, error] of [
  ['without CREATE', { tupleOrig, tupleReply, timeout: 100 }, 0, 'ENOENT'],
  ['with EXCL alone', { tupleOrig, tupleReply, timeout: 100 }, exclusive, 'ENOENT'],
  ['without tuples', { timeout: 100 }, create, 'EINVAL'],
  ['without the reply tuple', { tupleOrig, timeout: 100 }, create, 'EINVAL'],
  ['without the original tuple', { tupleReply, timeout: 100 }, create, 'EINVAL'],
  ['without a timeout', { tupleOrig, tupleReply }, create, 'EINVAL'],
  [
    'with two protocols',
    { tupleOrig, tupleReply: tuple('tcp 10.1.0.2:2000 > 10.1.0.1:1000'), timeout: 100 },
    create,
    'EINVAL',
  ],
] as const satisfies readonly (readonly [string, Conntrack, number, string])[]) {
  scenario('F-110', `making an entry ${what}: ${error}`, async (world) => {
    const socket = world.open()
    assert.equal((await socket.ask(connection('new', value, { flags }))).error, error)
    assert.deepEqual(await table(socket), [])
  })
}

scenario('F-110', 'an entry is made', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { mark: 5 }))
  const made = await entryOf(socket, one)
  assert.deepEqual(
    [text(made.tupleOrig), text(made.tupleReply)],
    [one, back].map((of) => text(tuple(of))),
  )
  assert.deepEqual([made.status, made.mark, made.use], [status.confirmed, 5, 2])
  assert.ok(made.timeout! >= 98 && made.timeout! <= 100)
})

for (const of of [
  web,
  ping,
  'sctp 10.1.0.1:5 > 10.1.0.2:6',
  'gre 10.1.0.1:16 > 10.1.0.2:32',
  '89 10.1.0.1 > 10.1.0.2',
  'udp [fd00::1]:1000 > [fd00::2]:2000',
  'tcp [fd00::1]:1000 > [fd00::2]:80',
  'icmpv6 fd00::1 > fd00::2 type 128 code 0 id 9',
]) {
  scenario('F-110', `an entry of ${of.split(' ')[0]} over ${of.includes('.') ? 'IPv4' : 'IPv6'}`, async (world) => {
    const socket = world.open()
    await socket.must(creation(of))
    const made = await entryOf(socket, of)
    assert.equal(text(made.tupleOrig), text(tuple(of)))
    assert.equal(made.status, status.confirmed)
  })
}

scenario('F-110', 'entries differ where one byte of an address does', async (world) => {
  const socket = world.open()
  const sources = ['10.1.0.1', '11.1.0.1', '10.2.0.1', '10.1.1.1', '10.1.0.3', 'fd00::1', 'fd00::1:0:0:1']
  const destinations = ['10.1.0.2', '11.1.0.2', '10.2.0.2', '10.1.1.2', '10.1.0.4', 'fd00::2', 'fd00::1:0:0:2']
  const isSix = (address: string) => address.includes(':')
  const end = (address: string, port: number) => formatEnd({ address, port })
  const flows = sources.flatMap((source) =>
    destinations
      .filter((destination) => isSix(destination) === isSix(source))
      .map((destination) => `udp ${end(source, 1000)} > ${end(destination, 2000)}`),
  )
  for (const of of flows) await socket.must(creation(of))
  assert.deepEqual(await table(socket), texts(...flows))
})

scenario('F-113', 'a reply tuple in use: EEXIST', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  const other = connection('new', { tupleOrig: tuple(two), tupleReply: tuple(back), timeout: 9 }, { flags: create })
  assert.equal((await socket.ask(other)).error, 'EEXIST')
})

for (const bits of [status.seenReply, status.confirmed | status.expected, status.confirmed | status.dying]) {
  scenario('F-114', `a new entry with status 0x${bits.toString(16)}: EBUSY`, async (world) => {
    assert.equal((await world.open().ask(creation(one, { status: bits }))).error, 'EBUSY')
  })
}

scenario('F-114', 'a new entry with a status that includes CONFIRMED', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { status: status.confirmed | status.seenReply | status.assured }))
  assert.equal((await entryOf(socket, one)).status, 0xe)
})

scenario('F-110', 'the same flow in two zones', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { mark: 1 }))
  await socket.must(creation(one, { mark: 2, zone: 9 }))
  assert.equal((await entryOf(socket, one)).mark, 1)
  assert.equal((await table(socket)).length, 2)
})

scenario('F-110', 'a timeout is cut to the longest there is', async (world) => {
  const socket = world.open()
  await socket.must(creation(one, { timeout: 0xffff_ffff }))
  const longest = Math.floor(0x7fff_ffff / world.profile.hertz)
  const { timeout } = await entryOf(socket, one)
  assert.ok(timeout! <= longest && timeout! > longest - 5, `${timeout}`)
})

scenario('F-110', 'translated entries are made as they are given', async (world) => {
  const socket = world.open()
  const value = { tupleOrig: tuple(one), tupleReply: tuple('udp 10.1.0.2:2000 > 10.9.9.9:777'), timeout: 100 }
  await socket.must(connection('new', value, { flags: create }))
  const found = await entryOf(socket, one)
  assert.equal(text(found.tupleReply), text(value.tupleReply))
  assert.equal(found.status, status.confirmed)
})

scenario('F-110', 'a source translation changes the reply', async (world) => {
  const socket = world.open()
  const natSrc = { v4Minip: parseAddress('10.9.9.9')!, proto: { portMin: 777, portMax: 777 } }
  await socket.must(creation(one, { natSrc }))
  const found = await entryOf(socket, one)
  assert.equal(text(found.tupleReply), text(tuple('udp 10.1.0.2:2000 > 10.9.9.9:777')))
  assert.equal(found.status, 0x198)
})

scenario('F-110', 'a destination translation changes the reply', async (world) => {
  const socket = world.open()
  const natDst = { v4Minip: parseAddress('10.8.8.8')!, proto: { portMin: 53, portMax: 53 } }
  await socket.must(creation(one, { natDst }))
  const found = await entryOf(socket, one)
  assert.equal(text(found.tupleReply), text(tuple('udp 10.8.8.8:53 > 10.1.0.1:1000')))
  assert.equal(found.status, 0x1a8)
})

for (const [of, ports, [lowest, highest]] of [
  [one, { portMax: 2000 }, [1000, 1000]],
  ['udp 10.1.0.1:3000 > 10.1.0.2:2000', { portMax: 2000 }, [0, 2000]],
  [one, { portMin: 777 }, [777, 777]],
] as const) {
  scenario(
    'F-110',
    `a source translation of port ${tuple(of).proto!.srcPort} to ${JSON.stringify(ports)}`,
    async (world) => {
      const socket = world.open()
      await socket.must(creation(of, { natSrc: { v4Minip: parseAddress('10.9.9.9')!, proto: ports } }))
      const port = (await entryOf(socket, of)).tupleReply!.proto!.dstPort!
      assert.ok(port >= lowest && port <= highest, `${port}`)
    },
  )
}

scenario('F-110', 'an entry with a master is expected', async (world) => {
  const socket = world.open()
  await socket.must(creation(web))
  await socket.must(creation(one, { tupleMaster: tuple(web) }))
  const found = await entryOf(socket, one)
  assert.equal(found.status, status.confirmed | status.expected)
  assert.equal(text(found.tupleMaster), text(tuple(web)))
})

scenario('F-110', 'a master that is not there: ENOENT', async (world) => {
  assert.equal((await world.open().ask(creation(one, { tupleMaster: tuple(web) }))).error, 'ENOENT')
})
