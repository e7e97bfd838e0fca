import assert from 'node:assert/strict'
import { ipProtocol } from '@nfkit/inet'
import { decode, type Message, messageFlags } from '@nfkit/netlink-codec'
import { type Helper, helper, helperMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { track } from '../events.ts'
import { change, creation, deletion, entryOf, tuple } from '../flow.ts'
import { udp } from '../packet.ts'
import { Queue } from '../queue.ts'
import { expectation } from '../request.ts'
import { needsHelpers, needsNoGlue, scenario } from '../scenario.ts'
import type { Socket } from '../socket.ts'

const request = (what: keyof typeof helperMessage, value: Helper, flags = 0): Uint8Array =>
  encodeMessage({ type: helperMessage[what].type, flags: messageFlags.request | flags }, helper, value)

const name = 'behaviour'
const mine: Helper = {
  name,
  tuple: { l3protonum: 2, l4protonum: ipProtocol.udp },
  queueNum: 7,
  policy: { setNum: 1, set1: { name, expectMax: 2, expectTimeout: 60 } },
  privDataLen: 8,
  status: 1,
}
const of = 'udp 10.1.0.1:1000 > 10.1.0.2:7007'
/** A mask under which all counts but the source's port. */
const whole = 'udp 255.255.255.255:0 > 255.255.255.255:65535'
const read = ({ bytes, start, end }: Message): Helper => decode(helper, bytes, start + 20, end)
const { create, exclusive } = messageFlags

/** Helpers are the kernel's, not the namespace's, and outlive the scenario: each is removed again. */
async function withHelper(socket: Socket, run: () => Promise<void>, more: Helper = {}): Promise<void> {
  await socket.must(request('new', { ...mine, ...more }, create))
  try {
    await run()
  } finally {
    await socket.ask(deletion(of))
    await socket.must(request('delete', { name }))
  }
}

scenario(
  'F-157',
  'a helper in user space is made, found, and deleted',
  async (world) => {
    const socket = world.open()
    await withHelper(socket, async () => {
      const [found] = await socket.must(request('get', { name }))
      assert.equal(found!.type, helperMessage.new.type)
      assert.deepEqual(read(found!), mine)
      const { entries } = await socket.dump(request('get', {}))
      assert.ok(entries.some((message) => read(message).name === name))
    })
    assert.equal((await socket.ask(request('get', { name }))).error, 'ENOENT')
  },
  needsHelpers,
)

for (const [what, value, error] of [
  ['without a tuple', { ...mine, tuple: undefined }, 'EINVAL'],
  ['without classes of expectations', { ...mine, policy: undefined }, 'EINVAL'],
] as const) {
  scenario(
    'F-157',
    `a helper ${what}: ${error}`,
    async (world) => {
      assert.equal((await world.open().ask(request('new', value, create))).error, error)
    },
    needsHelpers,
  )
}

scenario(
  'F-157',
  'the same name again: EEXIST with EXCL, and EBUSY with another length of its data',
  async (world) => {
    const socket = world.open()
    await withHelper(socket, async () => {
      assert.equal((await socket.ask(request('new', mine, create | exclusive))).error, 'EEXIST')
      assert.equal((await socket.ask(request('new', { ...mine, privDataLen: 4 }, create))).error, 'EBUSY')
    })
  },
  needsHelpers,
)

scenario(
  'F-157',
  'the same name again changes it, but not how many classes it has: EBUSY',
  async (world) => {
    const socket = world.open()
    const changed: Helper = {
      ...mine,
      queueNum: 9,
      policy: { setNum: 1, set1: { name, expectMax: 3, expectTimeout: 30 } },
      status: 0,
    }
    await withHelper(socket, async () => {
      await socket.must(request('new', changed, create))
      const [found] = await socket.must(request('get', { name }))
      assert.deepEqual(read(found!), changed)
      const second = { name: 'second', expectMax: 1, expectTimeout: 1 }
      const policy = { ...mine.policy, setNum: 2, set2: second }
      assert.equal((await socket.ask(request('new', { ...mine, policy }, create))).error, 'EBUSY')
    })
  },
  needsHelpers,
)

scenario(
  'F-157',
  'what it expects is expected for as long as it said',
  async (world) => {
    const socket = world.open()
    const policy = { setNum: 1, set1: { name, expectMax: 1, expectTimeout: 1 } }
    await withHelper(
      socket,
      async () => {
        await socket.must(creation(of, { help: { name } }))
        const expected = { tuple: tuple('udp 10.1.0.2:0 > 10.1.0.1:1000'), mask: tuple(whole), master: tuple(of) }
        await socket.must(expectation('new', expected, { flags: create }))
        const list = async () => (await socket.dump(expectation('get', {}, { family: 0 }))).entries.length
        assert.equal(await list(), 1)
        await world.pass(1.3)
        assert.equal(await list(), 0)
      },
      { policy },
    )
  },
  needsHelpers,
)

scenario(
  'F-157',
  'a connection of it has data of the length it asked for: zeros at first, whatever is given',
  async (world) => {
    const socket = world.open()
    await withHelper(socket, async () => {
      await socket.must(creation(of, { help: { name, info: Uint8Array.of(1, 2) } }))
      assert.deepEqual((await entryOf(socket, of)).help, { name, info: new Uint8Array(8) })
      await socket.must(change(of, { help: { name, info: Uint8Array.of(1, 2) } }))
      assert.deepEqual((await entryOf(socket, of)).help, { name, info: Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 0) })
    })
  },
  needsHelpers,
)

scenario(
  'F-157',
  'packets of its connections go to its queue, without a rule',
  async (world) => {
    const queue = await Queue.open(world, 7)
    await world.rules(track)
    await withHelper(queue.socket, async () => {
      await queue.socket.must(creation(of, { help: { name } }))
      await world.emit(udp('10.1.0.1:1000', '10.1.0.2:7007'))
      const { id } = await queue.packet()
      assert.equal((await queue.judge(id, 'drop')).error, '0')
      assert.deepEqual(await world.arrivals(0), [])
    })
  },
  needsHelpers,
)

scenario(
  'F-157',
  'a kernel without them does not know their messages: EINVAL',
  async (world) => {
    assert.equal((await world.open().ask(request('new', mine, create))).error, 'EINVAL')
  },
  needsNoGlue,
)
