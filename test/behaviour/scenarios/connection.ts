import assert from 'node:assert/strict'
import { type Conntrack, messageFlags, parseAddress, status, tcpState } from '@nfkit/netlink-codec'
import {
  change,
  creation,
  deletion,
  entry,
  entryOf,
  flow,
  lookup,
  names,
  table,
  tcpInfo,
  text,
  texts,
  tuple,
} from '../flow.ts'
import { connection } from '../request.ts'
import { scenario } from '../scenario.ts'

const one = 'udp 10.1.0.1:1000 > 10.1.0.2:2000'
const back = 'udp 10.1.0.2:2000 > 10.1.0.1:1000'
const two = 'udp 10.1.0.1:1001 > 10.1.0.2:2000'
const web = 'tcp 10.1.0.1:1000 > 10.1.0.2:80'
const ping = 'icmp 10.1.0.1 > 10.1.0.2 8/0 7'
const { create, exclusive, replace } = messageFlags
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
    assert.equal((await socket.ask(connection('New', value, { flags }))).error, error)
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
  'icmpv6 fd00::1 > fd00::2 128/0 9',
]) {
  scenario('F-110', `an entry of ${of.split(' ')[0]} over ${of.includes('.') ? 'IPv4' : 'IPv6'}`, async (world) => {
    const socket = world.open()
    await socket.must(creation(of))
    const made = await entryOf(socket, of)
    assert.equal(text(made.tupleOrig), text(tuple(of)))
    assert.equal(made.status, status.confirmed)
  })
}

for (const family of [0, 1, 3, 7]) {
  scenario('F-111', `a tuple in family ${family}: EOPNOTSUPP`, async (world) => {
    const socket = world.open()
    assert.equal(
      (await socket.ask(connection('New', { ...flow(one), timeout: 9 }, { family, flags: create }))).error,
      'EOPNOTSUPP',
    )
    assert.equal((await socket.ask(connection('Get', { tupleOrig: tuple(one) }, { family }))).error, 'EOPNOTSUPP')
  })
}

for (const [what, of] of [
  ['IPv6 addresses in family IPv4', { ...tuple(one), ip: tuple('udp [fd00::1]:1 > [fd00::2]:2').ip }],
  ['no addresses', { proto: tuple(one).proto }],
  ['one address', { ...tuple(one), ip: { v4Src: parseAddress('10.1.0.1')! } }],
  ['no protocol', { ip: tuple(one).ip }],
  ['no ports', { ip: tuple(one).ip, proto: { num: 17 } }],
  ['one port', { ip: tuple(one).ip, proto: { num: 6, srcPort: 5 } }],
  ['an ICMP type without an answer', tuple('icmp 10.1.0.1 > 10.1.0.2 3/0 7')],
  ['no ICMP id', { ip: tuple(one).ip, proto: { num: 1, icmpType: 8, icmpCode: 0 } }],
] as const) {
  scenario('F-111', `a tuple with ${what}: EINVAL`, async (world) => {
    const { error } = await world
      .open()
      .ask(connection('New', { tupleOrig: of, tupleReply: of, timeout: 9 }, { flags: create }))
    assert.equal(error, 'EINVAL')
  })
}

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

scenario('F-113', 'a reply tuple in use: EEXIST', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  const other = connection('New', { tupleOrig: tuple(two), tupleReply: tuple(back), timeout: 9 }, { flags: create })
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

for (const [what, more, error] of [
  ['source translation', { natSrc: { v4Minip: parseAddress('10.9.9.9')! } }, 'EOPNOTSUPP'],
  ['destination translation', { natDst: { v4Minip: parseAddress('10.9.9.9')! } }, 'EOPNOTSUPP'],
  ['a master', { tupleMaster: tuple(two) }, 'EOPNOTSUPP'],
  ['an unknown helper', { help: { name: 'nosuchhelper' } }, 'EOPNOTSUPP'],
  ['labels without room', { labels: new Uint8Array(16).fill(1) }, 'ENOSPC'],
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

for (const [what, tcp] of [
  ['state 10', { state: 10 }],
  ['window scale 15', { state: 3, wscaleOriginal: 15, wscaleReply: 1 }],
] as const) {
  scenario('F-119', `TCP ${what}: ERANGE`, async (world) => {
    assert.equal((await world.open().ask(creation(web, tcpInfo(tcp)))).error, 'ERANGE')
  })
}

scenario('F-119', 'a TCP state is set', async (world) => {
  const socket = world.open()
  await socket.must(creation(web, tcpInfo({ state: tcpState.established })))
  assert.equal((await entryOf(socket, web)).protoinfo?.tcp?.state, tcpState.established)
  await socket.must(change(web, tcpInfo({ state: tcpState.timeWait })))
  assert.equal((await entryOf(socket, web)).protoinfo?.tcp?.state, tcpState.timeWait)
})

scenario('F-119', 'a TCP entry without a state has state NONE', async (world) => {
  const socket = world.open()
  await socket.must(creation(web))
  assert.deepEqual((await entryOf(socket, web)).protoinfo?.tcp, {
    state: 0,
    wscaleOriginal: 0,
    wscaleReply: 0,
    flagsOriginal: { flags: 0, mask: 0 },
    flagsReply: { flags: 0, mask: 0 },
  })
})

scenario('F-119', 'TCP flags are set under their mask', async (world) => {
  const socket = world.open()
  const pair = (flags: number, mask: number) => ({ flags, mask })
  await socket.must(creation(web, tcpInfo({ state: 3, flagsOriginal: pair(0x0f, 0x0b), flagsReply: pair(8, 8) })))
  const { flagsOriginal, flagsReply } = (await entryOf(socket, web)).protoinfo!.tcp!
  assert.deepEqual([flagsOriginal, flagsReply], [pair(0x0b, 0), pair(8, 0)])
})

scenario('F-119', 'window scales need both and their flags', async (world) => {
  const socket = world.open()
  const on = { flags: 1, mask: 1 }
  await socket.must(
    creation(web, tcpInfo({ state: 3, wscaleOriginal: 7, wscaleReply: 8, flagsOriginal: on, flagsReply: on })),
  )
  const first = (await entryOf(socket, web)).protoinfo!.tcp!
  assert.deepEqual([first.wscaleOriginal, first.wscaleReply], [7, 8])
  await socket.must(deletion(web))
  await socket.must(creation(web, tcpInfo({ state: 3, wscaleOriginal: 7, wscaleReply: 8 })))
  const second = (await entryOf(socket, web)).protoinfo!.tcp!
  assert.deepEqual([second.wscaleOriginal, second.wscaleReply], [0, 0])
})

scenario('F-119', 'SCTP state needs all three: EINVAL', async (world) => {
  const socket = world.open()
  const of = 'sctp 10.1.0.1:5 > 10.1.0.2:6'
  assert.equal((await socket.ask(creation(of, { protoinfo: { sctp: { state: 4 } } }))).error, 'EINVAL')
  await socket.must(creation(of, { protoinfo: { sctp: { state: 4, vtagOriginal: 11, vtagReply: 12 } } }))
  assert.deepEqual((await entryOf(socket, of)).protoinfo?.sctp, { state: 4, vtagOriginal: 11, vtagReply: 12 })
})

scenario('F-120', 'a lookup without a tuple: EINVAL', async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  const { id } = await entryOf(socket, one)
  assert.equal((await socket.ask(connection('Get'))).error, 'EINVAL')
  assert.equal((await socket.ask(connection('Get', { id: id! }))).error, 'EINVAL')
})

scenario('F-120', 'a lookup of what is not there: ENOENT', async (world) => {
  assert.equal((await world.open().ask(lookup(one))).error, 'ENOENT')
})

scenario('F-120', "a lookup by the reply's direction finds it too", async (world) => {
  const socket = world.open()
  await socket.must(creation(one))
  for (const value of [{ tupleOrig: tuple(back) }, { tupleReply: tuple(back) }, { tupleReply: tuple(one) }]) {
    const [message] = await socket.must(connection('Get', value))
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
  await socket.must(connection('New', value, { flags: create }))
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

scenario('F-122', 'CTRZERO returns the counters and zeroes them', async (world) => {
  const socket = world.open()
  await world.sysctl('net.netfilter.nf_conntrack_acct', 1)
  await socket.must(creation(one))
  const request = connection('GetCtrzero', { tupleOrig: tuple(one) })
  const { error, replies } = await socket.ask(request)
  assert.equal(error, '0')
  assert.deepEqual(entry(replies[0]!).countersOrig, { packets: 0n, bytes: 0n })
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
