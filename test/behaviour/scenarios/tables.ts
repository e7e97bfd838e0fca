import assert from 'node:assert/strict'
import { family, hook } from '@nfkit/netlink-codec/nfnetlink'
import { aTable, commit, counted, type Expression, nft } from '../nftables.ts'
import { tcp, udp } from '../packet.ts'
import { pending, Queue } from '../queue.ts'
import { scenario } from '../scenario.ts'
import type { Socket } from '../socket.ts'
import type { World } from '../world.ts'

const hello = udp('10.1.0.1:1000', '10.1.0.2:7007')
const own = aTable('own')
const { output } = hook

/** A socket, with the table `own` of what is given. */
async function having(world: World, ...messages: readonly Uint8Array[]): Promise<Socket> {
  await world.rules({ hook: 'forward', table: 'filter', action: { kind: 'track' } })
  const socket = world.open()
  assert.deepEqual(await commit(socket, [own.new(), ...messages]), [])
  return socket
}

/** Mark with which a packet gets through; `undefined` when it does not. */
async function markOf(world: World, packet = hello): Promise<number | undefined> {
  await world.emit(packet)
  const [arrived] = await world.arrivals(1, 300)
  return arrived?.mark
}

/** A packet that waits in queue 7, put there by a rule at OUTPUT. */
async function waiting(world: World, priority = 0): Promise<{ readonly queue: Queue; readonly socket: Socket }> {
  const socket = await having(world, own.chain('queueing', output, priority), own.rule('queueing', nft.queue(7)))
  const queue = await Queue.open(world, 7)
  await world.emit(hello)
  await queue.packet()
  return { queue, socket }
}

scenario('F-301', 'chains run by priority, and of equal ones the younger first', async (world) => {
  const chain = (name: string, priority: number, mark: number) => [
    own.chain(name, output, priority),
    own.rule(name, nft.load('mark'), nft.is(mark - 1, 0, 0, 0), ...nft.mark(mark)),
  ]
  await having(
    world,
    ...chain('late', 5, 4),
    ...chain('older', 0, 3),
    ...chain('younger', 0, 2),
    ...chain('early', -5, 1),
  )
  assert.equal(await markOf(world), 4)
})

scenario('F-301', 'accept ends one chain, and not the next', async (world) => {
  await having(
    world,
    own.chain('first', output, -5),
    own.rule('first', nft.verdict('accept')),
    own.rule('first', nft.verdict('drop')),
    own.chain('second', output, 0),
    own.rule('second', ...nft.mark(2)),
  )
  assert.equal(await markOf(world), 2)
})

scenario('F-301', 'the policy decides where no rule does', async (world) => {
  await having(
    world,
    own.chain('out', output, 0, { policy: 'drop' }),
    own.rule('out', nft.load('l4proto'), nft.is(17), nft.verdict('accept')),
  )
  assert.equal(await markOf(world), 0)
  assert.equal(await markOf(world, tcp('10.1.0.1:1000', '10.1.0.2:80', 'S')), undefined)
})

scenario('F-302', 'a jump comes back, and a goto does not', async (world) => {
  const rule = (chain: string, ...expressions: readonly Expression[]) => own.rule(chain, ...expressions)
  await having(
    world,
    own.chain('there'),
    own.chain('away'),
    own.chain('out', output, 0),
    rule('there', ...nft.mark(1)),
    rule('there', nft.verdict('return')),
    rule('there', nft.verdict('drop')),
    rule('away', nft.load('mark'), nft.is(1, 0, 0, 0), ...nft.mark(2)),
    rule('out', nft.verdict('jump', 'there')),
    rule('out', nft.verdict('goto', 'away')),
    rule('out', nft.verdict('drop')),
  )
  assert.equal(await markOf(world), 2)
})

const remember = (...more: readonly Expression[]): Uint8Array[] => [
  own.set('seen', { keyLen: 4, flags: 0x10, desc: { size: 10 } }),
  own.chain('out', output, 0),
  own.rule('out', nft.source, { name: 'lookup', data: { set: 'seen', sreg: 1 } }, ...more),
  own.rule('out', nft.source, { name: 'dynset', data: { setName: 'seen', op: 'add', sregKey: 1, timeout: 1000n } }),
]

scenario('F-303', 'a packet adds its sender to a set, for as long as it says', async (world) => {
  await having(world, ...remember(...nft.mark(3)))
  assert.deepEqual([await markOf(world), await markOf(world)], [0, 3])
  await world.pass(1.1)
  assert.equal(await markOf(world), 0)
})

scenario('F-303', 'a verdict map decides by networks', async (world) => {
  await having(
    world,
    own.set('nets', { keyLen: 4, flags: 4 | 8, dataType: 0xffff_ff00 }),
    own.elements(
      'nets',
      { key: nft.value(10, 1, 0, 2), data: { verdict: { code: 'drop' } } },
      { key: nft.value(10, 1, 1, 0), flags: 1 },
    ),
    own.chain('out', output, 0),
    own.rule('out', nft.source, { name: 'lookup', data: { set: 'nets', sreg: 1, dreg: 0 } }),
  )
  assert.equal(await markOf(world), 0)
  assert.equal(await markOf(world, udp('10.1.0.2:7007', '10.1.0.1:1000')), undefined)
})

scenario('F-304', 'a rule counts what comes as far as its counter, and is listed with it', async (world) => {
  const socket = await having(
    world,
    own.chain('out', output, 0),
    own.rule('out', nft.counter, nft.load('l4proto'), nft.is(6), nft.counter),
  )
  await world.emit(hello)
  assert.deepEqual(await counted(socket, 'own'), ['1, 33', '0, 0'])
})

scenario('F-305', 'an owner that ends takes all that waits', async (world) => {
  const { queue, socket } = await waiting(world)
  await socket.close()
  assert.equal(await pending(world), 0)
  assert.deepEqual(await world.arrivals(0), [])
  assert.equal((await queue.judge(1, 'accept')).error, 'ENOENT')
})

scenario('F-305', 'an owner without a base chain takes nothing', async (world) => {
  const { queue } = await waiting(world)
  const other = world.open()
  assert.deepEqual(await commit(other, [aTable('other').new(), aTable('other').chain('regular')]), [])
  await other.close()
  assert.equal(await pending(world), 1)
  await queue.judge(1, 'accept')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-306', 'a transaction without its end drops what waits, for a base chain of its own', async (world) => {
  const { socket } = await waiting(world)
  await commit(socket, [own.chain('new', hook.forward, 9)], { unfinished: true })
  assert.equal(await pending(world), 0)
})

scenario('F-306', 'a transaction that is refused drops nothing, without one', async (world) => {
  const { queue, socket } = await waiting(world)
  const refused = await commit(socket, [own.chain('regular'), own.rule('missing', nft.counter)])
  assert.deepEqual(refused, ['ENOENT'])
  assert.equal(await pending(world), 1)
  await queue.judge(1, 'accept')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-306', 'rules that go leave what they queued', async (world) => {
  const { queue, socket } = await waiting(world)
  assert.deepEqual(await commit(socket, [own.deleteRules('queueing')]), [])
  assert.equal(await pending(world), 1)
  await queue.judge(1, 'accept')
  assert.equal((await world.arrivals(1)).length, 1)
})

scenario('F-307', 'a chain that comes before makes a packet wait a second time', async (world) => {
  const { queue, socket } = await waiting(world)
  assert.deepEqual(await commit(socket, [own.chain('before', output, -5)]), [])
  const { replies } = await queue.judge(1, 'accept', { mark: 5 })
  const again = [...replies, ...(await queue.socket.messages())]
  assert.equal(again.length > 0, true)
  assert.equal(await pending(world), 1)
  await queue.judge(2, 'accept')
  assert.equal((await world.arrivals(1))[0]?.mark, 5)
})

scenario('F-307', 'a chain that comes behind does not, and sees the mark of the verdict', async (world) => {
  const { queue, socket } = await waiting(world)
  const behind = [
    own.chain('behind', output, 5),
    own.rule('behind', nft.load('mark'), nft.is(5, 0, 0, 0), ...nft.mark(6)),
  ]
  assert.deepEqual(await commit(socket, behind), [])
  await queue.judge(1, 'accept', { mark: 5 })
  assert.equal((await world.arrivals(1))[0]?.mark, 6)
})

scenario('F-308', 'a chain that translates is met by the first packet of a connection alone', async (world) => {
  const nat = { name: 'nat', data: { type: 'dnat', family: family.ipv4, regProtoMin: 1 } }
  const socket = await having(
    world,
    own.chain('out', output, -100, { type: 'nat' }),
    own.rule(
      'out',
      nft.load('l4proto'),
      nft.is(17),
      nft.counter,
      {
        name: 'immediate',
        data: { dreg: 1, data: nft.value(0x1b, 0x60) },
      },
      nat,
    ),
  )
  await world.emit([hello, hello])
  const ports = (await world.arrivals(2)).map(({ transport }) => (transport[2]! << 8) | transport[3]!)
  assert.deepEqual(ports, [7008, 7008])
  assert.deepEqual(await counted(socket, 'own'), ['1, 33'])
})

scenario('F-309', 'a rejection of both versions says nothing in a table of one', async (world) => {
  await world.rules({ hook: 'output', table: 'filter', ifMark: 0x7f, action: { kind: 'reject', with: 'port' } })
  const one = aTable('one', family.ipv4)
  const socket = world.open()
  const reject = { name: 'reject', data: { type: 'icmpxUnreach', icmpCode: 1 } }
  const refuse = [
    one.new(),
    one.chain('in', hook.input, 0),
    one.rule('in', ...[nft.load('l4proto'), nft.is(17)], reject),
  ]
  assert.deepEqual(await commit(socket, refuse), [])
  await world.emit(hello)
  assert.deepEqual(await world.arrivals(0), [])
})

scenario('F-181', 'nor is what has a header that a rule spoiled', async (world) => {
  await world.rules({ hook: 'output', table: 'filter', ifMark: 0x7f, action: { kind: 'reject', with: 'port' } })
  const writes = { sreg: 1, base: 'networkHeader', offset: 1, len: 1 }
  const reject = { name: 'reject', data: { type: 'icmpxUnreach', icmpCode: 1 } }
  const [yes, no] = [aTable('yes'), aTable('no')]
  const socket = world.open()
  const answered = (table: typeof own, ...before: readonly Expression[]) => [
    table.new(),
    table.chain('out', output),
    table.rule('out', nft.load('l4proto'), nft.is(17), ...before, reject),
    table.rule('out', nft.load('l4proto'), nft.is(1), nft.counter),
  ]
  await commit(socket, answered(yes))
  await world.emit(hello)
  assert.deepEqual(await counted(socket, 'yes'), ['1, 61'])
  assert.deepEqual(await commit(socket, [yes.deleteRules('out')]), [])
  await commit(socket, answered(no, { name: 'payload', data: writes }))
  await world.emit(hello)
  assert.deepEqual(await counted(socket, 'no'), ['0, 0'])
})

scenario('F-309', 'a rule that looks for a header of IPv6 matches no packet of IPv4', async (world) => {
  const absent = { name: 'exthdr', data: { dreg: 1, op: 'ipv6', type: 44, offset: 0, len: 1, flags: 1 } }
  await having(world, own.chain('out', output, 0), own.rule('out', absent, nft.is(0), ...nft.mark(4)))
  assert.deepEqual([await markOf(world), await markOf(world, udp('[fd00::1]:1000', '[fd00::2]:7007'))], [0, 4])
})
