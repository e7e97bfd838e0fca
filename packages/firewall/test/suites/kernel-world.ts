import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { openConntrack } from '@nfkit/conntrack'
import { parseIp } from '@nfkit/ip-codec'
import { openMnl } from '@nfkit/mnl-native'
import type { IpFamily, Line, Sent, World } from './world.ts'

const addresses = {
  here: { IPv4: '10.99.0.1', IPv6: 'fd00:99::1' },
  peer: { IPv4: '10.99.0.2', IPv6: 'fd00:99::2' },
} as const

/** How long nothing may be heard before it counts as silence. */
const patience = 3_000
const sh = (line: string) => execFileSync('sh', ['-c', line], { encoding: 'utf8' })

interface Told {
  readonly id: number
  readonly event: 'ready' | 'connected' | 'heard' | 'failed' | 'met' | 'ended'
  readonly text?: string
  readonly code?: string
  readonly port?: number
}

/** A peer in a network namespace of its own, on a link to this one. */
class Peer {
  readonly process: ChildProcess
  /** Connections to its servers, by the port of who dialled: open, or how they have ended. */
  readonly served = new Map<number, string>()
  readonly #listeners = new Map<number, (told: Told) => void>()
  #id = 0

  constructor() {
    const program = join(import.meta.dirname, '../programs/peer.mjs')
    this.process = spawn('unshare', ['-n', process.execPath, program], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface({ input: this.process.stdout! }).on('line', (line) => {
      const told: Told = JSON.parse(line)
      if (told.event === 'met') this.served.set(told.port!, 'open')
      if (told.event === 'ended') this.served.set(told.port!, told.code!)
      this.#listeners.get(told.id)?.(told)
    })
  }

  ready(): Promise<unknown> {
    return new Promise((resolve) => this.#listeners.set(0, resolve))
  }

  dial(address: string, port: number, served: ReadonlyMap<number, string>): Promise<Line> {
    const id = ++this.#id
    let own = 0
    let failed: string | undefined
    const wait = () =>
      answered((settle) =>
        this.#listeners.set(id, ({ event, text = '', code = '', port }) => {
          own = port ?? own
          if (event === 'failed') failed = code
          settle(event !== 'failed', event === 'failed' ? code : text)
        }),
      )
    const connected = wait()
    this.#tell({ do: 'dial', id, address, port })
    const line: Line = {
      say: (text) => {
        if (failed !== undefined) return Promise.reject(new Error(failed))
        const heard = wait()
        this.#tell({ do: 'say', line: id, text: text.toString() })
        return heard
      },
      ...farIn(served, () => own),
      close: () => this.#tell({ do: 'close', line: id }),
    }
    return connected.then(
      () => line,
      (error: unknown) => {
        line.close()
        throw error
      },
    )
  }

  #tell(command: object): void {
    this.process.stdin!.write(`${JSON.stringify(command)}\n`)
  }
}

/** Settles once, or rejects with `silence` after a while. */
function answered(begin: (settle: (good: boolean, text: string) => void) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('silence')), patience)
    begin((good, text) => {
      clearTimeout(timer)
      if (good) resolve(text)
      else reject(new Error(text))
    })
  })
}

/** What the program at the other end says of a connection. */
function farIn(served: ReadonlyMap<number, string>, port: () => number): Pick<Line, 'met' | 'farEnd'> {
  const until = async (is: (state: string) => boolean) => {
    for (const start = performance.now(); performance.now() - start < patience; await sleep(5)) {
      const state = served.get(port())
      if (state !== undefined && is(state)) return state
    }
    throw new Error('silence')
  }
  return { met: () => until(() => true), farEnd: () => until((state) => state !== 'open') }
}

function dialHere(host: string, port: number, served: ReadonlyMap<number, string>): Promise<Line> {
  const socket = connect({ host, port })
  let own = 0
  socket.on('connect', () => {
    own = socket.localPort!
  })
  let settle: (good: boolean, text: string) => void = () => {}
  let failed: string | undefined
  socket.on('connect', () => settle(true, ''))
  socket.on('data', (data) => settle(true, data.toString()))
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failed = error.code ?? ''
    settle(false, failed)
  })
  const wait = () =>
    answered((to) => {
      settle = to
    })
  const line: Line = {
    say(text) {
      const heard = wait()
      // What befell it while nobody was listening is told to who speaks next.
      if (failed !== undefined) settle(false, failed)
      socket.write(text)
      return heard
    },
    ...farIn(served, () => own),
    close: () => socket.destroy(),
  }
  return wait().then(
    () => line,
    (error: unknown) => {
      socket.destroy()
      throw error
    },
  )
}

async function ask(host: string, port: number, text: string): Promise<string> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  try {
    return await answered((settle) => {
      socket.on('message', (heard) => settle(true, heard.toString()))
      socket.on('error', (error: NodeJS.ErrnoException) => settle(false, error.code ?? ''))
      socket.connect(port, host, () => socket.send(text))
    })
  } finally {
    socket.close()
  }
}

async function burst(host: string, port: number, texts: readonly string[]): Promise<string[]> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const heard: string[] = []
  try {
    await answered((settle) => {
      socket.on('message', (text) => heard.push(text.toString()) === texts.length && settle(true, ''))
      socket.connect(port, host, () => {
        for (const text of texts) socket.send(text)
      })
    })
  } finally {
    socket.close()
  }
  return heard
}

const sender = join(import.meta.dirname, '../programs/sender.py')

/** Run the sender of packets with CAP_NET_RAW, and no other privilege. */
export function runSender(lines: readonly string[]): void {
  const only = ['--inh-caps=-all,+net_raw', '--bounding-set=-all,+net_raw', '--no-new-privs']
  execFileSync('setpriv', [...only, 'python3', sender], { input: `${lines.join('\n')}\n` })
}

/** How often it is looked whether packets have come to the peer. The judge has its turn in between. */
const looks = 10

async function send(there: number, packets: readonly Sent[]): Promise<number> {
  const one = parseIp(packets[0]!.packet)!
  const nft = (line: string) => sh(`nsenter -t ${there} -n nft '${line}'`)
  // Of fragments the peer sees one packet: whatever its length is.
  const length = one.isFragment ? '' : `meta length ${packets[0]!.packet.length} `
  nft(
    'add table inet seen; add chain inet seen in { type filter hook prerouting priority 0; }; flush chain inet seen in',
  )
  nft(
    `add rule inet seen in ${one.version === 4 ? 'ip' : 'ip6'} saddr ${one.source} meta l4proto ${one.protocol} ${length}counter`,
  )
  runSender(
    packets.map(({ packet, mark = 0 }) => `${mark} raw ${one.destination} ${Buffer.from(packet).toString('hex')}`),
  )
  const count = () => Number(/counter packets (\d+)/.exec(nft('list chain inet seen in'))?.[1])
  for (let look = 0; look < looks; look++) {
    await sleep(50)
    if (count() >= packets.length) break
  }
  return count()
}

/** This machine's kernel, in the network namespace the tests run in. */
export async function kernelWorld(): Promise<World & AsyncDisposable & { readonly peerId: number }> {
  const peer = new Peer()
  await peer.ready()
  sh('ip link set lo up; ip link add fw0 type veth peer name fw1')
  sh(`ip link set fw1 netns ${peer.process.pid}`)
  const up = (end: 'here' | 'peer', device: string) =>
    `ip addr add ${addresses[end].IPv4}/24 dev ${device} && ip addr add ${addresses[end].IPv6}/64 dev ${device} nodad && ip link set ${device} up`
  sh(up('here', 'fw0'))
  sh(`nsenter -t ${peer.process.pid} -n sh -c 'ip link set lo up && ${up('peer', 'fw1')}'`)
  const servers: Server[] = []
  const served = new Map<number, string>()
  for (const port of [4000, 4001, 4002]) {
    const server = createServer((socket) => {
      const { remotePort } = socket
      served.set(remotePort!, 'open')
      let code = 'closed'
      socket.on('error', (error: NodeJS.ErrnoException) => {
        code = error.code ?? ''
      })
      socket.on('close', () => served.set(remotePort!, code))
      socket.pipe(socket)
    }).listen(port, '::')
    await once(server, 'listening')
    servers.push(server)
  }
  const table = await openConntrack(openMnl())
  const at = (to: 'here' | 'peer', family: IpFamily) => addresses[to][family]
  return {
    name: 'this machine’s kernel',
    peerId: peer.process.pid!,
    connect: () => openMnl(),
    dial: (to, port, family = 'IPv4') =>
      to === 'here'
        ? peer.dial(at(to, family), port, served)
        : dialHere(at(to === 'self' ? 'here' : to, family), port, to === 'self' ? served : peer.served),
    send: (packets) => send(peer.process.pid!, packets),
    ask: (port, text, family = 'IPv4') => ask(at('peer', family), port, text),
    burst: (port, texts, family = 'IPv4') => burst(at('peer', family), port, texts),
    async marks(port) {
      const marks: number[] = []
      for await (const { mark = 0 } of table.dump({ destinationPort: port })) marks.push(mark)
      return marks
    },
    fresh: async () => {
      await table.flush()
    },
    async [Symbol.asyncDispose]() {
      table.close()
      for (const server of servers) server.close()
      peer.process.kill()
      await once(peer.process, 'exit')
      sh('ip link del fw0 2>/dev/null || true')
    },
  }
}
