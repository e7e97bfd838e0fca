import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { freshHost, hosts, rule, sh, until } from '../../../test/host.ts'
import { type Owner, openSockets, Programs, type SocketTable } from '../src/index.ts'
import { linuxFiles } from '../src/linux.ts'
import { all } from './all.ts'

let sockets: SocketTable

beforeEach(() => {
  freshHost()
  sockets = openSockets(openMnl())
})
afterEach(() => sockets.close())

async function server(host: string): Promise<{ port: number; accepted: Promise<Socket> }> {
  const listening = createServer().listen(0, host)
  onTestFinished(() => void listening.close())
  const accepted = once(listening, 'connection').then(([socket]) => socket as Socket)
  await once(listening, 'listening')
  const address = listening.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, accepted }
}

async function connected(host: string) {
  const { port, accepted } = await server(host)
  const client = connect({ host, port })
  await once(client, 'connect')
  onTestFinished(() => void client.destroy())
  const peer = await accepted
  onTestFinished(() => void peer.destroy())
  client.on('error', () => {})
  peer.on('error', () => {})
  const tuple = {
    protocol: 'tcp',
    source: { address: host, port: client.localPort! },
    destination: { address: host, port },
  } as const
  return { client, peer, tuple, port }
}

describe.each(hosts)('%s', (_, host) => {
  test('both ends of a connection, its listener, and nobody', async () => {
    const { tuple, port } = await connected(host)
    const mine = await sockets.ownerOf(tuple, { local: 'source' })
    const theirs = await sockets.ownerOf(tuple, { local: 'destination' })
    for (const owner of [mine, theirs])
      expect(owner).toMatchObject({ kind: 'socket', socket: { uid: process.getuid!(), state: 'established' } })
    expect((mine as { socket: { inode: number } }).socket.inode).not.toBe(
      (theirs as { socket: { inode: number } }).socket.inode,
    )
    const other = { ...tuple, source: { address: host, port: 1 } }
    expect(await sockets.ownerOf(other, { local: 'destination' })).toMatchObject({
      kind: 'listener',
      socket: { local: { port } },
    })
    expect(await sockets.ownerOf(other, { local: 'source' })).toEqual({ kind: 'unknown', reason: 'no socket' })
  })

  test('UDP: connected, unconnected, and several of one port', async () => {
    const bound = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', reuseAddr: true }).bind(0, host)
    onTestFinished(() => void bound.close())
    await once(bound, 'listening')
    const { port } = bound.address()
    const tuple = {
      protocol: 'udp',
      source: { address: host, port },
      destination: { address: host, port: 5353 },
    } as const
    expect(await sockets.ownerOf(tuple, { local: 'source' })).toMatchObject({ kind: 'ambiguous' })
    expect(await sockets.ownerOf(tuple, { local: 'source', search: true })).toMatchObject({
      kind: 'socket',
      socket: { local: { port } },
    })
    const second = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', reuseAddr: true }).bind(port, host)
    onTestFinished(() => void second.close())
    await once(second, 'listening')
    const owner = await sockets.ownerOf(tuple, { local: 'source', search: true })
    expect(owner).toMatchObject({ kind: 'ambiguous' })
    expect((owner as Extract<Owner, { kind: 'ambiguous' }>).candidates).toHaveLength(2)
    bound.connect(5353, host)
    await once(bound, 'connect')
    expect(await sockets.ownerOf(tuple, { local: 'source' })).toMatchObject({
      kind: 'socket',
      socket: { state: 'established' },
    })
  })

  test('a packet in a queue, going out and coming in', async () => {
    rule('-A OUTPUT -p tcp --syn -j NFQUEUE --queue-num 1')
    rule('-A INPUT -p tcp --syn -j NFQUEUE --queue-num 1')
    const queue = await openQueue(openMnl(), { number: 1, conntrack: 'off' })
    onTestFinished(() => queue.close())
    const owners: [string, Owner][] = []
    queue.run(async (packet) => {
      owners.push([packet.hook!, await sockets.owner(packet)])
      packet.accept()
    })
    const { tuple } = await connected(host)
    expect(owners).toMatchObject([
      ['output', { kind: 'socket', socket: { state: 'synSent', uid: process.getuid!() } }],
      ['input', { kind: 'listener', socket: { local: { port: tuple.destination.port } } }],
    ])
  })

  test('destroying a connection tells its program, and leaves the server', async () => {
    const { client, tuple } = await connected(host)
    const closed = new Promise((resolve) => client.on('close', resolve))
    let code: string | undefined
    client.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code
    })
    expect(await sockets.destroy(tuple)).toMatchObject({ state: 'established' })
    await closed
    expect(code).toBe('ECONNABORTED')
    expect(await sockets.destroy(tuple)).toBeUndefined()
    expect(await sockets.destroy(tuple, { local: 'destination' })).toBeUndefined()
    const other = { ...tuple, source: { address: host, port: 1 } }
    expect(await sockets.ownerOf(other, { local: 'destination' })).toMatchObject({ kind: 'listener' })
  })

  test('what is listed is what the filter means', async () => {
    const { tuple, port } = await connected(host)
    const count = async (filter: Parameters<SocketTable['list']>[0]) => (await all(sockets.list(filter))).length
    expect(await count({ states: ['listen'], localPort: port })).toBe(1)
    expect(await count({ states: ['established'], localPort: port })).toBe(1)
    expect(await count({ states: ['established'], local: host, remotePort: tuple.source.port })).toBe(1)
    expect(await count({ states: ['established'], remote: host.includes(':') ? 'fd00::/8' : '10.0.0.0/8' })).toBe(0)
    expect(await count({ states: ['established'], remote: host })).toBe(2)
  })
})

test('2,000 questions at once are all answered', async () => {
  const { tuple } = await connected('127.0.0.1')
  const owners = await Promise.all(Array.from({ length: 2_000 }, () => sockets.ownerOf(tuple, { local: 'source' })))
  expect(new Set(owners.map(({ kind }) => kind))).toEqual(new Set(['socket']))
})

test('a finished connection is unknown, and never root', async () => {
  const { client, peer, tuple } = await connected('127.0.0.1')
  client.end()
  await once(peer.resume(), 'end')
  peer.end()
  await once(client, 'close')
  await until(() => true, 'nothing')
  const owner = await sockets.ownerOf(tuple, { local: 'source' })
  expect(owner).toEqual({ kind: 'unknown', reason: 'closed' })
})

test('closing is told', async () => {
  const gone = sockets.destroyed({ protocols: ['tcp'] })
  const { client, peer, tuple } = await connected('127.0.0.1')
  client.destroy()
  peer.destroy()
  const ports = new Set<number>()
  for await (const event of gone) {
    if (event.kind === 'destroyed') ports.add(event.socket.local.port ?? 0)
    if (ports.has(tuple.source.port) || ports.has(tuple.destination.port)) break
  }
  expect(ports.size).toBeGreaterThan(0)
})

test('the process of a socket is found, by the user where there is no cgroup', async () => {
  const { tuple } = await connected('127.0.0.1')
  const owner = await sockets.ownerOf(tuple, { local: 'source' })
  if (owner.kind !== 'socket') throw new Error(owner.kind)
  expect(new Programs(linuxFiles).processes(owner.socket)).toEqual([process.pid])
})

test('the unit of a socket is that of the directory it was made in', async () => {
  const mount = sh('awk \'$3 == "cgroup2" { print $2; exit }\' /proc/mounts').trim()
  const unit = `nfkit-test-${process.pid}.service`
  sh(`mkdir ${mount}/${unit}`)
  onTestFinished(() => void sh(`rmdir ${mount}/${unit}`))
  const { port } = await server('127.0.0.1')
  const { exec } = await import('node:child_process')
  const python = exec(
    `echo $$ > ${mount}/${unit}/cgroup.procs; exec python3 -c "import socket, sys; s = socket.create_connection(('127.0.0.1', ${port})); print(s.getsockname()[1], flush=True); sys.stdin.read()"`,
  )
  const [line] = (await once(python.stdout!, 'data')) as [string]
  const tuple = {
    protocol: 'tcp',
    source: { address: '127.0.0.1', port: Number(line) },
    destination: { address: '127.0.0.1', port },
  } as const
  const owner = await sockets.ownerOf(tuple, { local: 'source' })
  const programs = new Programs(linuxFiles)
  try {
    if (owner.kind !== 'socket') throw new Error(owner.kind)
    expect(programs.of(owner.socket)).toEqual({ cgroup: `/${unit}`, unit, container: undefined })
    expect(programs.processes(owner.socket)).toEqual([python.pid])
  } finally {
    python.stdin!.end()
    await once(python, 'close')
  }
})
