import assert from 'node:assert/strict'
import { parseTuple, type Tuple } from '@nfkit/inet'
import { type Owner, openSockets, type SocketInfo, type SocketTable } from '@nfkit/sockets'
import { scenario } from '../scenario.ts'
import type { World } from '../world.ts'

/** A scenario with a table of sockets, which is closed after it. */
const asking = (
  statement: Parameters<typeof scenario>[0],
  name: string,
  run: (world: World, sockets: SocketTable) => Promise<void>,
) =>
  scenario(statement, name, async (world) => {
    const sockets = openSockets(world.open().transport.sibling())
    try {
      await run(world, sockets)
    } finally {
      sockets.close()
    }
  })

const tuple = (text: string): Tuple => parseTuple(text)!
const [local, remote] = ['source', 'destination'] as const

/** What is known of an owner, in a word; of a socket its user. */
const wordFor = (owner: Owner): string =>
  owner.kind === 'unknown' ? owner.reason : owner.kind === 'socket' ? `socket of ${owner.socket.uid}` : owner.kind

const socketIn = (owner: Owner): SocketInfo => {
  assert.ok(owner.kind === 'socket' || owner.kind === 'listener', wordFor(owner))
  return owner.socket
}

const families = {
  IPv4: { client: '10.1.0.1:4000', server: '10.1.0.2:443', any: '0.0.0.0:443', stranger: '10.1.0.1:4001' },
  IPv6: { client: '[fd00::1]:4000', server: '[fd00::2]:443', any: '[::]:443', stranger: '[fd00::1]:4001' },
} as const

for (const [name, { client, server, any, stranger }] of Object.entries(families)) {
  const ours = tuple(`tcp ${client} > ${server}`)
  const theirs = tuple(`tcp ${stranger} > ${server}`)

  asking('F-412', `both ends of a connection over ${name}`, async ({ programs }, sockets) => {
    await (await programs.listen(any)).connect(client, server)
    const ends = [local, remote].map((side) => sockets.ownerOf(ours, { local: side }))
    const [one, other] = (await Promise.all(ends)).map(socketIn)
    for (const end of [one!, other!]) {
      assert.equal(end.state, 'established')
      assert.equal(end.uid, programs.uid)
      assert.ok(end.inode !== undefined && end.cgroupId !== undefined)
    }
    assert.notEqual(one!.inode, other!.inode)
    assert.notEqual(one!.cookie, other!.cookie)
  })

  asking('F-412', `who asks for a connection over ${name} gets the listener`, async ({ programs }, sockets) => {
    await programs.listen(any)
    assert.equal(wordFor(await sockets.ownerOf(theirs, { local: remote })), 'listener')
    assert.equal(wordFor(await sockets.ownerOf(theirs, { local })), 'no socket')
  })

  asking('F-412', `one bound to the address comes before one bound to any, over ${name}`, async (world, sockets) => {
    await world.programs.listen(server)
    const { cookie } = socketIn(await sockets.ownerOf(theirs, { local: remote }))
    const elsewhere = server.replace(/2\b(?=\]?:)/, '1')
    await world.programs.listen(elsewhere)
    const other = tuple(`tcp ${stranger} > ${elsewhere}`)
    assert.notEqual(socketIn(await sockets.ownerOf(other, { local: remote })).cookie, cookie)
    assert.equal(socketIn(await sockets.ownerOf(theirs, { local: remote })).cookie, cookie)
  })

  const query = tuple(`udp ${client} > ${server}`)
  asking('F-413', `a connected socket over ${name} for certain, and to one end only`, async (world, sockets) => {
    await world.programs.bind(client, server)
    assert.equal(wordFor(await sockets.ownerOf(query, { local })), `socket of ${world.programs.uid}`)
    const elsewhere = tuple(`udp ${client} > ${server.replace('443', '444')}`)
    assert.equal(wordFor(await sockets.ownerOf(elsewhere, { local })), 'no socket')
  })

  asking('F-413', `an unconnected one over ${name} is one of perhaps several`, async ({ programs }, sockets) => {
    await programs.bind(client)
    assert.equal(wordFor(await sockets.ownerOf(query, { local })), 'ambiguous')
    assert.equal(wordFor(await sockets.ownerOf(query, { local, search: true })), `socket of ${programs.uid}`)
    await programs.bind(client)
    const owner = await sockets.ownerOf(query, { local, search: true })
    assert.equal(owner.kind === 'ambiguous' && owner.candidates.length, 2)
  })

  asking('F-414', `a connection over ${name} is destroyed, and its listener is not`, async ({ programs }, sockets) => {
    await (await programs.listen(any)).connect(client, server)
    const gone = await sockets.destroy(ours)
    assert.equal(gone?.state, 'established')
    assert.equal(await sockets.destroy(ours), undefined)
    assert.equal(wordFor(await sockets.ownerOf(ours, { local })), 'no socket')
    assert.equal(wordFor(await sockets.ownerOf(theirs, { local: remote })), 'listener')
  })
}

const inner = tuple('tcp 10.1.0.1:4000 > 10.1.0.2:443')

asking('F-412', 'a listener of IPv6 takes IPv4, unless it is for IPv6 alone', async ({ programs }, sockets) => {
  const both = await programs.listen('[::]:443')
  const found = socketIn(await sockets.ownerOf(inner, { local: remote }))
  assert.deepEqual([found.state, found.local.port], ['listen', 443])
  await both.close()
  await programs.listen('[::]:443', { ipv6Only: true })
  assert.equal(wordFor(await sockets.ownerOf(inner, { local: remote })), 'no socket')
})

asking('F-414', 'a finished connection leaves its listener alone', async ({ programs }, sockets) => {
  await programs.listen('0.0.0.0:443')
  assert.equal(await sockets.destroy(inner, { local: remote }), undefined)
  assert.equal(wordFor(await sockets.ownerOf(inner, { local: remote })), 'listener')
})

asking('F-414', 'a listener goes where it is named', async ({ programs }, sockets) => {
  await programs.listen('0.0.0.0:443')
  assert.equal((await sockets.destroy(inner, { local: remote, unconnected: true }))?.state, 'listen')
  assert.equal(wordFor(await sockets.ownerOf(inner, { local: remote })), 'no socket')
})

asking('F-414', 'a connected socket of UDP stays bound, and is unconnected', async ({ programs }, sockets) => {
  const query = tuple('udp 10.1.0.1:4000 > 10.1.0.2:53')
  await programs.bind('10.1.0.1:4000', '10.1.0.2:53')
  assert.equal((await sockets.destroy(query))?.state, 'established')
  const owner = await sockets.ownerOf(query, { local })
  // Its program chose the port, and keeps it.
  assert.equal(wordFor(owner), 'ambiguous')
})

asking('F-415', 'states, ports and networks select', async ({ programs }, sockets) => {
  await (await programs.listen('0.0.0.0:443')).connect('10.1.0.1:4000', '10.1.0.2:443')
  await programs.bind('10.1.0.1:443')
  const count = async (filter: Parameters<SocketTable['list']>[0]) => {
    let found = 0
    for await (const _ of sockets.list(filter)) found++
    return found
  }
  assert.equal(await count({ localPort: 443 }), 2)
  assert.equal(await count({ localPort: 443, states: ['listen'] }), 1)
  assert.equal(await count({ localPort: 443, remotePort: 4000 }), 1)
  assert.equal(await count({ local: '10.1.0.0/30', states: ['established'] }), 2)
  assert.equal(await count({ local: '10.1.0.1', states: ['established'] }), 1)
  assert.equal(await count({ remote: '10.1.0.1', states: ['established'] }), 1)
  assert.equal(await count({ remote: '10.2.0.0/16' }), 0)
  assert.equal(await count({ protocol: 'udp', localPort: 443 }), 1)
})

asking('F-416', 'it is unknown whose it was', async ({ programs }, sockets) => {
  const ended = tuple('tcp 10.1.0.1:4016 > 10.1.0.2:443')
  const listener = await programs.listen('0.0.0.0:443')
  const { finish } = await listener.connect('10.1.0.1:4016', '10.1.0.2:443')
  await finish()
  assert.equal(wordFor(await sockets.ownerOf(ended, { local })), 'closed')
})

asking('F-417', 'connections and listeners of TCP, and sockets of UDP', async (world, sockets) => {
  const listener = await world.programs.listen('0.0.0.0:443')
  const { client, server } = await listener.connect('10.1.0.1:4017', '10.1.0.2:443')
  const bound = await world.programs.bind('10.1.0.1:53')
  const cookies = new Map<bigint, string>()
  for await (const { cookie, state } of sockets.list({ localPort: 443 })) cookies.set(cookie, state)
  for await (const { cookie } of sockets.list({ localPort: 4017 })) cookies.set(cookie, 'client')
  for await (const { cookie } of sockets.list({ protocol: 'udp', localPort: 53 })) cookies.set(cookie, 'udp')
  const gone = sockets.destroyed()
  for (const socket of [listener, server, client, bound]) await socket.close()
  const told = new Set<string | undefined>()
  const late = setTimeout(() => gone.close(), 10_000)
  for await (const event of gone) {
    if (event.kind === 'destroyed') told.add(cookies.get(event.socket.cookie))
    if (told.size === 4) break
  }
  clearTimeout(late)
  assert.deepEqual(told, new Set(['listen', 'established', 'client', 'udp']))
})
