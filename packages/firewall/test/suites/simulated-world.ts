import { setTimeout as sleep } from 'node:timers/promises'
import { openConntrack } from '@nfkit/conntrack'
import { formatEnd } from '@nfkit/inet'
import { parseIp } from '@nfkit/ip-codec'
import { udp } from '@nfkit/ip-codec/build'
import { type Host, type KernelOptions, SimulatedKernel, type TcpSocket } from '@nfkit/simulator'
import type { DnsReply, IpFamily, Line, World } from './world.ts'

const addresses = {
  here: { IPv4: '10.99.0.1', IPv6: 'fd00:99::1' },
  peer: { IPv4: '10.99.0.2', IPv6: 'fd00:99::2' },
  beyond: { IPv4: '10.98.0.2', IPv6: 'fd00:98::2' },
} as const

const at = (to: string, family: IpFamily) => (to in addresses ? addresses[to as keyof typeof addresses][family] : to)
const ports = [4000, 4001, 4002]
const stranger = '10.99.0.3'

/** How long nothing may be heard before it counts as silence. */
const patience = 1_500
const silence = () => new Error('silence')

/** A kernel, and the hosts on both sides of it. */
function stageOf(profile: NonNullable<KernelOptions['profile']>) {
  const kernel = new SimulatedKernel({ profile, defragmentation: true })
  const hosts = new Map<string, Host>()
  /** Sockets that were accepted, by address and port: the newest last. */
  const accepted = new Map<string, TcpSocket[]>()
  const serve = (host: Host, address: string) => {
    for (const port of ports) {
      const sockets: TcpSocket[] = []
      accepted.set(formatEnd({ address, port }), sockets)
      host.listen(port, (socket) => {
        sockets.push(socket)
        echo(socket)
      })
    }
  }
  for (const [side, both] of Object.entries(addresses))
    for (const address of Object.values(both)) {
      const host = kernel.host(address, { local: side === 'here' })
      hosts.set(address, host)
      serve(host, address)
    }
  /** The peer has other addresses, too. */
  const hostOf = (address: string): Host => {
    const known = hosts.get(address)
    if (known) return known
    const host = kernel.host(address)
    hosts.set(address, host)
    serve(host, address)
    return host
  }
  return { kernel, hosts, hostOf, accepted }
}

/** A simulated kernel, whose time goes on while somebody waits; another one for each test. */
export function simulatedWorld(profile: NonNullable<KernelOptions['profile']>): World {
  let stage = stageOf(profile)

  async function waitFor<T>(ready: () => T | undefined): Promise<T> {
    for (const start = performance.now(); performance.now() - start < patience; ) {
      await stage.kernel.run(0.1)
      stage.kernel.advance(0.2)
      const result = ready()
      if (result !== undefined) return result
      await sleep(5)
    }
    throw silence()
  }

  async function dial(to: string, port: number, family: IpFamily = 'IPv4'): Promise<Line> {
    const isFromPeer = to === 'here' || to === 'beyond'
    const from = stage.hosts.get(addresses[isFromPeer ? 'peer' : 'here'][to.includes(':') ? 'IPv6' : family])!
    const address = at(to === 'self' ? 'here' : to, family)
    stage.hostOf(address)
    const end = formatEnd({ address, port })
    const socket = from.connect(end)
    let state: 'open' | Error | undefined
    socket.opened.then(
      () => {
        state ??= 'open'
      },
      () => {},
    )
    socket.closed.catch((error: { code: string }) => {
      state = new Error(error.code)
    })
    let read = 0
    await waitFor(() => {
      if (state instanceof Error) throw state
      return state
    })
    const far = stage.accepted.get(end)!.at(-1)!
    let ended: string | undefined
    far.closed.then(
      () => {
        ended = 'closed'
      },
      (error: { code: string }) => {
        ended = error.code
      },
    )
    return {
      async say(what) {
        socket.write(typeof what === 'string' ? Buffer.from(what) : what)
        return waitFor(() => {
          if (state instanceof Error) throw state
          const heard = socket.received.subarray(read)
          if (heard.length === 0) return undefined
          read += heard.length
          return Buffer.from(heard).toString()
        })
      },
      met: async () => {},
      farEnd: () => waitFor(() => ended),
      close: () => state instanceof Error || socket.reset(),
    }
  }

  let sourcePort = 50_000
  async function datagrams(port: number, texts: readonly (string | Uint8Array)[], family: IpFamily): Promise<string[]> {
    const [here, there] = [
      formatEnd({ address: addresses.here[family], port: sourcePort++ }),
      formatEnd({ address: addresses.peer[family], port }),
    ]
    const heard = await Promise.all(
      texts.map(async (payload) => {
        const sent = await stage.kernel.deliver(udp(`${here} > ${there}`, { payload }), {
          hook: 'output',
          outdev: 'eth0',
        })
        if (sent.answer !== undefined) throw new Error(refusal(sent.answer))
        if (sent.verdict !== 'accept') throw silence()
        const back = await stage.kernel.deliver(udp(`${there} > ${here}`, { payload }), {
          hook: 'input',
          indev: 'eth0',
        })
        if (back.verdict !== 'accept') throw silence()
        return Buffer.from(payload).toString()
      }),
    )
    return heard
  }

  /** A datagram from the peer comes in; resolves to whether it is heard. */
  async function comesIn(from: string, to: string, payload: Uint8Array): Promise<boolean> {
    const { verdict } = await stage.kernel.deliver(udp(`${from} > ${to}`, { payload }), {
      hook: 'input',
      indev: 'eth0',
    })
    return verdict === 'accept'
  }

  async function resolve(question: Uint8Array, replies: readonly DnsReply[], family: IpFamily = 'IPv4'): Promise<void> {
    const port = sourcePort++
    const at = (address: string, port: number) => formatEnd({ address, port })
    const server = at(addresses.peer[family], 53)
    const here = at(addresses.here[family], port)
    const asked = await stage.kernel.deliver(udp(`${here} > ${server}`, { payload: question }), {
      hook: 'output',
      outdev: 'eth0',
    })
    if (asked.verdict !== 'accept') throw silence()
    const senders = { server, stranger: at(stranger, 53), 'other port': at(addresses.peer[family], 5_353) }
    const heard = await Promise.all(
      replies.map(({ bytes, from = 'server', astray }) =>
        comesIn(senders[from], astray ? at(addresses.here[family], port - 1) : here, bytes),
      ),
    )
    if (!heard.at(-1)) throw silence()
  }

  async function converse(questions: Uint8Array, chunks: readonly Uint8Array[], family: IpFamily = 'IPv4') {
    const server = stage.hosts.get(addresses.peer[family])!
    const size = chunks.reduce((sum, { length }) => sum + length, 0)
    const end = server.listen(53, (socket) => {
      let next = 0
      socket.closed.catch(() => {})
      const timer = setInterval(() => {
        if (socket.received.length > 0 && next < chunks.length) socket.write(chunks[next++]!)
      }, 10)
      socket.closed.finally(() => clearInterval(timer)).catch(() => {})
    })
    const socket = stage.hosts
      .get(addresses.here[family])!
      .connect(formatEnd({ address: addresses.peer[family], port: 53 }))
    let error: Error | undefined
    socket.closed.catch((failure: { code: string }) => {
      error = new Error(failure.code)
    })
    socket.opened.catch(() => {})
    socket.write(questions)
    try {
      await waitFor(() => {
        if (error) throw error
        return socket.received.length >= size || undefined
      })
    } finally {
      if (error === undefined) socket.reset()
      end()
    }
  }

  return {
    name: `the simulated kernel${typeof profile === 'string' ? ` as ${profile}` : ''}`,
    connect: () => stage.kernel.connect(),
    dial,
    ask: async (port, what, family = 'IPv4') => (await datagrams(port, [what], family))[0]!,
    burst: (port, texts, family = 'IPv4') => datagrams(port, texts, family),
    resolve,
    converse,
    async sleep(milliseconds) {
      await sleep(milliseconds)
      stage.kernel.advance(milliseconds / 1_000)
    },
    async send(packets) {
      const sent = await Promise.all(
        packets.map(({ packet, mark }) => stage.kernel.deliver(packet, { hook: 'output', outdev: 'eth0', mark })),
      )
      return sent.filter(({ verdict }) => verdict === 'accept').length
    },
    async marks(port) {
      await using table = await openConntrack(stage.kernel.connect())
      const marks: number[] = []
      for await (const { mark = 0 } of table.dump({ destinationPort: port })) marks.push(mark)
      return marks
    },
    async fresh() {
      stage = stageOf(profile)
    },
  }
}

/** Says back what it hears. */
function echo(socket: TcpSocket): void {
  let said = 0
  socket.closed.catch(() => {})
  const timer = setInterval(() => {
    const heard = socket.received.subarray(said)
    said += heard.length
    if (heard.length > 0) socket.write(heard)
    if (socket.ended) socket.end()
  }, 2)
  socket.closed.finally(() => clearInterval(timer)).catch(() => {})
}

/** What a program's socket says of an ICMP error (admin-prohibited, and port-unreachable). */
function refusal(answer: Uint8Array): string {
  const ip = parseIp(answer)
  if (ip?.version === 6) return ip.icmpv6?.code === 1 ? 'EACCES' : 'ECONNREFUSED'
  return ip?.icmp?.code === 13 ? 'EHOSTUNREACH' : 'ECONNREFUSED'
}
