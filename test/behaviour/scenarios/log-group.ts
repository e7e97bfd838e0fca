import assert from 'node:assert/strict'
import { logCopyMode, logFlags } from '@nfkit/netlink-codec/nflog'
import { logging } from '../request.ts'
import { needsGlue, needsNoGlue, scenario } from '../scenario.ts'

scenario('F-400', 'the owner binds again: EBUSY', async (world) => {
  const socket = world.open()
  await socket.must(logging(5, 'bind'))
  assert.equal((await socket.ask(logging(5, 'bind'))).error, 'EBUSY')
})

for (const [what, request] of [
  ['binds', logging(5, 'bind')],
  ['unbinds', logging(5, 'unbind')],
  ['changes settings', logging(5, undefined, { qthresh: 1 })],
] as const) {
  scenario('F-400', `another socket ${what}: EPERM`, async (world) => {
    const [owner, other] = [world.open(), world.open()]
    await owner.must(logging(5, 'bind'))
    assert.equal((await other.ask(request)).error, 'EPERM')
  })
}

scenario('F-400', 'a group that was unbound is free for another socket', async (world) => {
  const [first, second] = [world.open(), world.open()]
  await first.must(logging(5, 'bind'))
  await first.must(logging(5, 'unbind'))
  await second.must(logging(5, 'bind'))
})

scenario('F-400', 'a group is free when its socket is closed', async (world) => {
  const [first, second] = [world.open(), world.open()]
  await first.must(logging(5, 'bind'))
  await first.close()
  await second.must(logging(5, 'bind'))
})

scenario('F-400', 'one socket may own many groups, from 0 to 65535', async (world) => {
  const socket = world.open()
  for (const group of [0, 1, 65_535]) await socket.must(logging(group, 'bind'))
})

for (const [what, request] of [
  ['UNBIND', logging(5, 'unbind')],
  ['MODE', logging(5, undefined, { mode: { copyRange: 10, copyMode: logCopyMode.packet } })],
  ['QTHRESH', logging(5, undefined, { qthresh: 1 })],
  ['nothing', logging(5)],
] as const) {
  scenario('F-401', `${what} for a group that is not bound: ENODEV`, async (world) => {
    assert.equal((await world.open().ask(request)).error, 'ENODEV')
  })
}

scenario('F-401', 'an unknown command: ENOTSUPP', async (world) => {
  assert.equal((await world.open().ask(logging(5, 77))).error, 'ENOTSUPP')
})

for (const name of ['pfBind', 'pfUnbind'] as const) {
  scenario('F-401', `${name}: nothing, with success`, async (world) => {
    const socket = world.open()
    await socket.must(logging(5, name))
    assert.equal((await socket.ask(logging(5))).error, 'ENODEV')
  })
}

const withConnections = logging(5, undefined, { flags: logFlags.conntrack })

scenario(
  'F-404',
  'a kernel that joins them is asked for connections',
  async (world) => {
    const socket = world.open()
    await socket.must(logging(5, 'bind'))
    await socket.must(withConnections)
  },
  needsGlue,
)

scenario(
  'F-404',
  'a kernel that does not: EOPNOTSUPP',
  async (world) => {
    const socket = world.open()
    await socket.must(logging(5, 'bind'))
    assert.equal((await socket.ask(withConnections)).error, 'EOPNOTSUPP')
  },
  needsNoGlue,
)
