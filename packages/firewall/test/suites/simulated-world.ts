import { setTimeout as sleep } from 'node:timers/promises'
import { openConntrack } from '@nfkit/conntrack'
import { formatEnd } from '@nfkit/inet'
import { parseIp } from '@nfkit/ip-codec'
import { udp } from '@nfkit/ip-codec/build'
import { type Host, type KernelOptions, SimulatedKernel, type TcpSocket } from '@nfkit/simulator'
import type { IpFamily, Line, World } from './world.ts'

const addresses = {
  here: { IPv4: '10.99.0.1', IPv6: 'fd00:99::1' },
  peer: { IPv4: '10.99.0.2', IPv6: 'fd00:99::2' },
} as const
const ports = [4000, 4001, 4002]

/** How long nothing may be heard before it counts as silence. */
const patience = 1_500
const silence = () => new Error('silence')

/** A kernel, and the hosts on both sides of it. */
function stageOf(profile: NonNullable<KernelOptions['profile']>) {
  const kernel = new SimulatedKernel({ profile, defragmentation: true })
  const hosts = new Map<string, Host>()
  /** Sockets that were accepted, by address and port: the newest last. */
  const accepted = new Map<string, TcpSocket[]>()
  for (const [side, both] of Object.entries(addresses))
    for (const address of Object.values(both)) {
      const host = kernel.host(address, { local: side === 'here' })
      hosts.set(address, host)
      for (const port of ports) {
        const sockets: TcpSocket[] = []
        accepted.set(formatEnd({ address, port }), sockets)
        host.listen(port, (socket) => {
          sockets.push(socket)
          echo(socket)
        })
      }
    }
  return { kernel, hosts, accepted }
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

  async function dial(at: 'peer' | 'here' | 'self', port: number, family: IpFamily = 'IPv4'): Promise<Line> {
    const to = at === 'self' ? 'here' : at
    const from = stage.hosts.get(addresses[at === 'here' ? 'peer' : 'here'][family])!
    const socket = from.connect(formatEnd({ address: addresses[to][family], port }))
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
    const far = stage.accepted.get(formatEnd({ address: addresses[to][family], port }))!.at(-1)!
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
  async function datagrams(port: number, texts: readonly string[], family: IpFamily): Promise<string[]> {
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
        return payload
      }),
    )
    return heard
  }

  return {
    name: `the simulated kernel${typeof profile === 'string' ? ` as ${profile}` : ''}`,
    connect: () => stage.kernel.connect(),
    dial,
    ask: async (port, text, family = 'IPv4') => (await datagrams(port, [text], family))[0]!,
    burst: (port, texts, family = 'IPv4') => datagrams(port, texts, family),
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
