import assert from 'node:assert/strict'
import { tcpState } from '@nfkit/netlink-codec/conntrack'
import { change, creation, deletion, entryOf, tcpInfo } from '../flow.ts'
import { scenario } from '../scenario.ts'

const web = 'tcp 10.1.0.1:1000 > 10.1.0.2:80'

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

scenario('F-119', 'an SCTP state beyond the last: ERANGE', async (world) => {
  const sctp = { state: 9, vtagOriginal: 11, vtagReply: 12 }
  const { error } = await world.open().ask(creation('sctp 10.1.0.1:5 > 10.1.0.2:6', { protoinfo: { sctp } }))
  assert.equal(error, 'ERANGE')
})
