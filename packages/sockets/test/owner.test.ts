import { tcp, udp } from '@nfkit/ip-codec/build'
import { openQueue, type Packet } from '@nfkit/nfqueue'
import { type ProgramSocketOptions, SimulatedKernel } from '@nfkit/simulator'
import { describe, expect, test } from 'vitest'
import { type Owner, openSockets } from '../src/index.ts'
import { all } from './all.ts'

function stage(...sockets: ProgramSocketOptions[]) {
  const kernel = new SimulatedKernel()
  const opened = sockets.map((options) => kernel.openSocket(options))
  return { kernel, opened, sockets: openSockets(kernel.connect()) }
}

const ask = {
  protocol: 'tcp',
  source: { address: '10.0.0.1', port: 4000 },
  destination: { address: '10.0.0.2', port: 443 },
} as const
const query = { ...ask, protocol: 'udp', destination: { address: '10.0.0.2', port: 53 } } as const

const kindOf = (owner: Owner) =>
  owner.kind === 'unknown'
    ? owner.reason
    : owner.kind === 'ambiguous'
      ? `ambiguous ${owner.candidates.length}`
      : `${owner.kind} ${owner.socket.uid}`

const connection: ProgramSocketOptions = { local: '10.0.0.1:4000', remote: '10.0.0.2:443', uid: 1000 }

describe('TCP', () => {
  test.each<[string, ProgramSocketOptions[], string]>([
    ['a connection', [connection], 'socket 1000'],
    ['no socket at all', [], 'no socket'],
    ['a connection to elsewhere', [{ ...connection, remote: '10.0.0.3:443' }], 'no socket'],
    ['a connection and a listener of its port', [{ local: '0.0.0.0:4000', uid: 1 }, connection], 'socket 1000'],
    ['a listener alone', [{ local: '10.0.0.1:4000', uid: 33 }], 'listener 33'],
    ['one that is being closed by the other side', [{ ...connection, state: 'closeWait' }], 'socket 1000'],
    ['a handshake', [{ ...connection, state: 'synRecv' }], 'handshake'],
    ['what waits for the end', [{ ...connection, state: 'timeWait' }], 'closed'],
    ['one that no program has accepted: the user is known by now', [{ ...connection, inode: 0 }], 'socket 1000'],
  ])('%s', async (_, opened, expected) => {
    const { sockets, kernel } = stage(...opened)
    expect(kindOf(await sockets.ownerOf(ask, { local: 'source' }))).toBe(expected)
    sockets.close()
    kernel.assertQuiet()
  })

  test('the answer is plain data', async () => {
    const { sockets } = stage({ ...connection, cgroupId: 77n, mark: 5 })
    const owner = await sockets.ownerOf(ask, { local: 'source' })
    expect(owner).toMatchObject({
      kind: 'socket',
      socket: {
        protocol: 'tcp',
        state: 'established',
        local: { address: '10.0.0.1', port: 4000 },
        remote: { address: '10.0.0.2', port: 443 },
        uid: 1000,
        inode: 10_001,
        cookie: 1n,
        cgroupId: 77n,
        mark: 5,
        interface: undefined,
      },
    })
    expect(`${(owner as { socket: unknown }).socket}`).toBe('tcp 10.0.0.1:4000 > 10.0.0.2:443 established uid 1000')
    expect(JSON.parse(JSON.stringify((owner as { socket: unknown }).socket))).toMatchObject({
      cookie: '1',
      cgroupId: '77',
    })
    sockets.close()
  })

  test('a socket of both families is found for IPv4, and written as IPv4', async () => {
    const { sockets } = stage({ local: '[::]:443', uid: 33 })
    const owner = await sockets.ownerOf(ask, { local: 'destination' })
    expect(kindOf(owner)).toBe('listener 33')
    const { sockets: strict } = stage({ local: '[::]:443', uid: 33, ipv6Only: true })
    expect(kindOf(await strict.ownerOf(ask, { local: 'destination' }))).toBe('no socket')
    sockets.close()
    strict.close()
  })

  test('several that share a port are one listener to the kernel, and ambiguous when searched', async () => {
    const { sockets } = stage(
      { local: '0.0.0.0:443', uid: 1 },
      { local: '0.0.0.0:443', uid: 1 },
      { local: '0.0.0.0:80', uid: 2 },
    )
    expect(kindOf(await sockets.ownerOf(ask, { local: 'destination' }))).toBe('listener 1')
    expect(kindOf(await sockets.ownerOf(ask, { local: 'destination', search: true }))).toBe('ambiguous 2')
    const other = { ...ask, destination: { address: '10.0.0.2', port: 80 } }
    expect(kindOf(await sockets.ownerOf(other, { local: 'destination', search: true }))).toBe('socket 2')
    sockets.close()
  })
})

describe('UDP', () => {
  test.each<[string, ProgramSocketOptions[], 'source' | 'destination', string]>([
    [
      'a connected sender',
      [{ protocol: 'udp', local: '10.0.0.1:4000', remote: '10.0.0.2:53', uid: 9 }],
      'source',
      'socket 9',
    ],
    ['an unconnected sender', [{ protocol: 'udp', local: '0.0.0.0:4000', uid: 9 }], 'source', 'ambiguous 1'],
    ['an unconnected receiver', [{ protocol: 'udp', local: '10.0.0.2:53', uid: 9 }], 'destination', 'ambiguous 1'],
    ['a socket of TCP', [{ protocol: 'tcp', local: '0.0.0.0:4000' }], 'source', 'no socket'],
  ])('%s', async (_, opened, local, expected) => {
    const { sockets } = stage(...opened)
    expect(kindOf(await sockets.ownerOf(query, { local }))).toBe(expected)
    sockets.close()
  })

  test('a search tells one from several', async () => {
    const one: ProgramSocketOptions = { protocol: 'udp', local: '0.0.0.0:4000', uid: 9 }
    const { sockets } = stage(one)
    expect(kindOf(await sockets.ownerOf(query, { local: 'source', search: true }))).toBe('socket 9')
    const { sockets: shared } = stage(one, { ...one, uid: 10 })
    expect(kindOf(await shared.ownerOf(query, { local: 'source', search: true }))).toBe('ambiguous 2')
    sockets.close()
    shared.close()
  })
})

test.each([
  ['icmp', 'protocol'],
  ['sctp', 'protocol'],
] as const)('%s has no sockets that are told of', async (protocol, reason) => {
  const { sockets } = stage()
  expect(await sockets.ownerOf({ ...ask, protocol }, { local: 'source' })).toEqual({ kind: 'unknown', reason })
  sockets.close()
})

describe('a packet of a queue', () => {
  async function ownerAt(
    bytes: Uint8Array,
    options: Parameters<SimulatedKernel['deliver']>[1],
    ...opened: ProgramSocketOptions[]
  ) {
    const { kernel, sockets } = stage(...opened)
    const queue = await openQueue(kernel.connect(), { number: 0, conntrack: 'off' })
    let owner: Owner | undefined
    queue.run(async (packet: Packet) => {
      owner = await sockets.owner(packet)
      packet.accept()
    })
    await kernel.deliver(bytes, { ...options, queue: 0 })
    await queue.close()
    sockets.close()
    kernel.assertQuiet()
    return kindOf(owner!)
  }

  const out = tcp('10.0.0.1:4000 > 10.0.0.2:443', { syn: true })
  const back = tcp('10.0.0.2:443 > 10.0.0.1:4000', { syn: true, ack: true })

  test.each([
    ['on its way out', out, { hook: 'output', outdev: 'eth0' }, 'socket 1000'],
    ['on its way out, late', out, { hook: 'postrouting', outdev: 'eth0' }, 'socket 1000'],
    ['coming in', back, { hook: 'input', indev: 'eth0' }, 'socket 1000'],
    ['forwarded', out, { hook: 'forward', indev: 'eth0', outdev: 'lo' }, 'no socket'],
  ] as const)('%s', async (_, bytes, options, expected) => {
    expect(await ownerAt(bytes, options, connection)).toBe(expected)
  })

  test('a later fragment has no tuple', async () => {
    const fragment = udp('10.0.0.2:53 > 10.0.0.1:4000', { payload: new Uint8Array(32) })
    fragment[7] = 4
    expect(await ownerAt(fragment, { hook: 'input', indev: 'eth0' }, connection)).toBe('no tuple')
  })
})

describe('destroying', () => {
  test('a connection, by its cookie', async () => {
    const { sockets } = stage(connection, { local: '0.0.0.0:4000', uid: 1 })
    expect(await sockets.destroy(ask)).toMatchObject({ cookie: 1n })
    expect(kindOf(await sockets.ownerOf(ask, { local: 'source' }))).toBe('listener 1')
    sockets.close()
  })

  test('a finished connection leaves the server listening', async () => {
    const { sockets } = stage({ local: '0.0.0.0:4000', uid: 1 })
    expect(await sockets.destroy(ask)).toBeUndefined()
    expect(kindOf(await sockets.ownerOf(ask, { local: 'source' }))).toBe('listener 1')
    expect(await sockets.destroy(ask, { unconnected: true })).toMatchObject({ state: 'listen' })
    expect(kindOf(await sockets.ownerOf(ask, { local: 'source' }))).toBe('no socket')
    sockets.close()
  })

  test('a connected socket of UDP stays, unconnected', async () => {
    const { sockets } = stage({ protocol: 'udp', local: '10.0.0.1:4000', remote: '10.0.0.2:53', uid: 9 })
    expect(await sockets.destroy(query)).toMatchObject({ state: 'established' })
    expect(kindOf(await sockets.ownerOf(query, { local: 'source' }))).toBe('ambiguous 1')
    sockets.close()
  })

  test('needs privilege, and reading needs none', async () => {
    const { kernel } = stage(connection)
    const sockets = openSockets(kernel.connect({ privileged: false }))
    expect(kindOf(await sockets.ownerOf(ask, { local: 'source' }))).toBe('socket 1000')
    await expect(sockets.destroy(ask)).rejects.toMatchObject({ code: 'EPERM', request: 'SOCK_DESTROY' })
    sockets.close()
  })
})

describe('lists', () => {
  const opened: ProgramSocketOptions[] = [
    { local: '0.0.0.0:22' },
    { local: '10.0.0.1:22', remote: '192.0.2.1:4000', cgroupId: 7n },
    { local: '10.0.0.1:22', remote: '192.0.3.1:4000', interface: 2 },
    { local: '[fd00::1]:22', remote: '[fd00::2]:4000' },
    { protocol: 'udp', local: '0.0.0.0:53' },
  ]
  test.each([
    [{}, 4],
    [{ protocol: 'udp' }, 1],
    [{ states: ['listen'] }, 1],
    [{ states: ['established'] }, 3],
    [{ local: '10.0.0.0/8' }, 2],
    [{ remote: '192.0.2.0/24' }, 1],
    [{ remote: '192.0.2.0/23' }, 2],
    [{ remote: '192.0.2.0/23', interface: 2 }, 1],
    [{ remote: 'fd00::/16' }, 1],
    [{ cgroupId: 7n }, 1],
    [{ localPort: 22, remotePort: 4000 }, 3],
    [{ localPort: 23 }, 0],
  ] as const)('%o: %i', async (filter, count) => {
    const { sockets, kernel } = stage(...opened)
    const found = await all(sockets.list(filter))
    expect(found).toHaveLength(count)
    sockets.close()
    kernel.assertQuiet()
  })

  test.each([
    [{ port: 22 }, 'there is no option "port"'],
    [{ localPort: 0 }, 'localPort: 0'],
    [{ protocol: 'icmp' }, 'protocol: "icmp"'],
    [{ states: ['open'] }, 'states: "open"'],
    [{ local: '10.0.0.0/33' }, 'local: "10.0.0.0/33" is neither an address nor a network'],
  ])('%o is refused by name', async (filter, text) => {
    const { sockets } = stage()
    await expect(async () => all(sockets.list(filter as never))).rejects.toThrow(text)
    sockets.close()
  })
})

test('sockets that are gone are told, with their cookie', async () => {
  const { sockets, opened, kernel } = stage(
    connection,
    { local: '0.0.0.0:80' },
    { protocol: 'udp', local: '10.0.0.1:53' },
  )
  const gone = sockets.destroyed()
  for (const socket of opened) socket.close()
  const told: string[] = []
  for await (const event of gone) {
    told.push(event.kind === 'gap' ? 'gap' : `${event.socket.protocol} ${event.socket.cookie}`)
    if (told.length === 3) break
  }
  expect(told).toEqual(['tcp 1', 'tcp 2', 'udp 3'])
  sockets.close()
  kernel.assertQuiet()
})
