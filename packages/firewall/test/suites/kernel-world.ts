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
import type { DnsReply, IpFamily, Line, Sent, World } from './world.ts'

const addresses = {
  here: { IPv4: '10.99.0.1', IPv6: 'fd00:99::1' },
  peer: { IPv4: '10.99.0.2', IPv6: 'fd00:99::2' },
  beyond: { IPv4: '10.98.0.2', IPv6: 'fd00:98::2' },
} as const

/** What is dialled by the place it is in; anything else is an address. */
const at = (to: string, family: IpFamily) => (to in addresses ? addresses[to as keyof typeof addresses][family] : to)

/** How long nothing may be heard before it counts as silence, in milliseconds: longer where the processor is emulated. */
const patience = Number(process.env['PATIENCE'] ?? 3_000)
const sh = (line: string) => execFileSync('sh', ['-c', line], { encoding: 'utf8' })

interface Told {
  readonly id: number
  readonly event: 'ready' | 'connected' | 'heard' | 'failed' | 'met' | 'ended'
  readonly text?: string
  readonly code?: string
  readonly port?: number
}

/** A host in a network namespace of its own, on a link to this one. */
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
    const news = new News()
    this.#listeners.set(id, ({ event, text = '', code = '', port }) => {
      own = port ?? own
      if (event === 'failed') news.fail(code)
      else news.tell(text)
    })
    const wait = () => news.next()
    const connected = wait()
    this.#tell({ do: 'dial', id, address, port })
    const line: Line = {
      say: (text) => {
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

  /** The server of DNS sends these to who asks that. */
  async serve(question: Uint8Array, replies: readonly DnsReply[]): Promise<void> {
    const id = ++this.#id
    const ready = new Promise((resolve) => this.#listeners.set(id, resolve))
    const texts = replies.map(({ bytes, from = 'server', astray = false }) => ({ bytes: base64(bytes), from, astray }))
    this.#tell({ do: 'serve', id, question: base64(question), replies: texts })
    await ready
    this.#listeners.delete(id)
  }

  #tell(command: object): void {
    this.process.stdin!.write(`${JSON.stringify(command)}\n`)
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

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

/** What a connection hears next: an error also where it came before somebody asked. */
class News {
  #settle: (good: boolean, text: string) => void = () => {}
  #failure: string | undefined

  next(): Promise<string> {
    return answered((settle) => {
      this.#settle = settle
      if (this.#failure !== undefined) settle(false, this.#failure)
    })
  }

  tell(text: string): void {
    this.#settle(true, text)
  }

  fail(code: string): void {
    this.#failure = code
    this.#settle(false, code)
  }
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
  const news = new News()
  let own = 0
  socket.on('connect', () => {
    own = socket.localPort!
    news.tell('')
  })
  socket.on('data', (data) => news.tell(data.toString()))
  socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => news.fail(code))
  const wait = () => news.next()
  const line: Line = {
    say(text) {
      const heard = wait()
      socket.write(text)
      return heard
    },
    ...farIn(served, () => own),
    // A reset: what were still to be acknowledged would be sent again, into the next test.
    close: () => socket.destroyed || socket.resetAndDestroy(),
  }
  return wait().then(
    () => line,
    (error: unknown) => {
      socket.destroy()
      throw error
    },
  )
}

/** Each question has a port of its own: what a firewall remembers of one is not about the next. None that the kernel gives to other sockets. */
let lastPort = 10_000

async function ask(host: string, port: number, what: string | Uint8Array): Promise<string> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  try {
    return await answered((settle) => {
      socket.on('message', (heard) => settle(true, heard.toString()))
      socket.on('error', (error: NodeJS.ErrnoException) => settle(false, error.code ?? ''))
      socket.bind(++lastPort, () => socket.connect(port, host, () => socket.send(what)))
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

async function resolve(host: string, question: Uint8Array, last: Uint8Array): Promise<void> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  try {
    await answered((settle) => {
      socket.on('message', (heard) => heard.equals(last) && settle(true, ''))
      socket.send(question, 53, host)
    })
  } finally {
    socket.close()
  }
}

async function converse(host: string, questions: Uint8Array, size: number): Promise<void> {
  const socket = connect({ host, port: 53 })
  let heard = 0
  try {
    await answered((settle) => {
      socket.on('connect', () => socket.write(questions))
      socket.on('data', ({ length }) => {
        heard += length
        if (heard >= size) settle(true, '')
      })
      socket.on('error', (error: NodeJS.ErrnoException) => settle(false, error.code ?? ''))
    })
  } finally {
    socket.destroy()
  }
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
  const ports = packets.map(({ packet }) => parseIp(packet)!.sourcePort).filter((port) => port !== undefined)
  const from = one.isFragment || ports.length === 0 ? '' : `th sport { ${[...new Set(ports)].join(', ')} } `
  nft(
    'add table inet seen; add chain inet seen in { type filter hook prerouting priority 0; }; flush chain inet seen in',
  )
  nft(
    `add rule inet seen in ${one.version === 4 ? 'ip' : 'ip6'} saddr ${one.source} meta l4proto ${one.protocol} ${from}${length}counter`,
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

/**
 * End connections on hosts, which of themselves know nothing of an end that was dropped: what they were still to send again would come into the
 * next test. A kernel without CONFIG_INET_DIAG_DESTROY leaves them.
 */
function endConnections(hosts: readonly Peer[]): void {
  for (const host of hosts)
    sh(`nsenter -t ${host.process.pid} -n ss -KHtn state connected exclude time-wait >/dev/null 2>&1 || true`)
}

/** A third host, which the peer reaches through this one. */
function joinBeyond(peer: number, beyond: number): void {
  const inPeer = `nsenter -t ${peer} -n`
  const inBeyond = `nsenter -t ${beyond} -n`
  for (const line of [
    'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1',
    `ip link add fw2 type veth peer name fw3 && ip link set fw3 netns ${beyond}`,
    'ip addr add 10.98.0.1/24 dev fw2 && ip addr add fd00:98::1/64 dev fw2 nodad && ip link set fw2 up',
    `${inBeyond} ip link set lo up && ${inBeyond} ip addr add ${addresses.beyond.IPv4}/24 dev fw3`,
    `${inBeyond} ip addr add ${addresses.beyond.IPv6}/64 dev fw3 nodad && ${inBeyond} ip link set fw3 up`,
    `${inBeyond} ip route add default via 10.98.0.1 && ${inBeyond} ip -6 route add default via fd00:98::1`,
    `${inPeer} ip route add 10.98.0.0/24 via ${addresses.here.IPv4}`,
    `${inPeer} ip -6 route add fd00:98::/64 via ${addresses.here.IPv6}`,
  ])
    sh(line)
}

/** This machine's kernel, in the network namespace the tests run in. */
export async function kernelWorld(): Promise<World & AsyncDisposable & { readonly peerId: number }> {
  const [peer, beyond] = [new Peer(), new Peer()]
  await Promise.all([peer.ready(), beyond.ready()])
  sh('ip link set lo up; ip link add fw0 type veth peer name fw1')
  sh(`ip link set fw1 netns ${peer.process.pid}`)
  const up = (end: 'here' | 'peer', device: string) =>
    `ip addr add ${addresses[end].IPv4}/24 dev ${device} && ip addr add ${addresses[end].IPv6}/64 dev ${device} nodad && ip link set ${device} up`
  sh(up('here', 'fw0'))
  const others =
    'ip addr add 10.99.0.3/24 dev fw1; ip route add local 198.18.0.0/16 dev lo; ip -6 route add local 2001:db8:99::/96 dev lo'
  sh(`nsenter -t ${peer.process.pid} -n sh -c 'ip link set lo up && ${up('peer', 'fw1')}; ${others}'`)
  sh(
    `ip route add 198.18.0.0/16 via ${addresses.peer.IPv4}; ip -6 route add 2001:db8:99::/96 via ${addresses.peer.IPv6}`,
  )
  joinBeyond(peer.process.pid!, beyond.process.pid!)
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
  const lines: Line[] = []
  return {
    name: 'this machine’s kernel',
    peerId: peer.process.pid!,
    connect: () => openMnl(),
    async dial(to, port, family = 'IPv4') {
      const line =
        to === 'here' || to === 'beyond'
          ? await peer.dial(at(to, family), port, to === 'here' ? served : beyond.served)
          : await dialHere(at(to === 'self' ? 'here' : to, family), port, to === 'self' ? served : peer.served)
      lines.push(line)
      return line
    },
    send: (packets) => send(peer.process.pid!, packets),
    ask: (port, what, family = 'IPv4') => ask(at('peer', family), port, what),
    burst: (port, texts, family = 'IPv4') => burst(at('peer', family), port, texts),
    async resolve(question, replies, family = 'IPv4') {
      await peer.serve(question, replies)
      await resolve(at('peer', family), question, replies.at(-1)!.bytes)
    },
    async converse(questions, chunks, family = 'IPv4') {
      await peer.serve(
        questions,
        chunks.map((bytes) => ({ bytes })),
      )
      await converse(
        at('peer', family),
        questions,
        chunks.reduce((sum, { length }) => sum + length, 0),
      )
    },
    sleep: (milliseconds) => sleep(milliseconds),
    async marks(port) {
      const marks: number[] = []
      for await (const { mark = 0 } of table.dump({ destinationPort: port })) marks.push(mark)
      return marks
    },
    async fresh() {
      for (const line of lines.splice(0)) line.close()
      endConnections([peer, beyond])
      await table.flush()
    },
    async [Symbol.asyncDispose]() {
      table.close()
      for (const server of servers) server.close()
      for (const { process } of [peer, beyond]) {
        process.kill()
        await once(process, 'exit')
      }
      sh('ip link del fw0 2>/dev/null; ip link del fw2 2>/dev/null; true')
    },
  }
}
