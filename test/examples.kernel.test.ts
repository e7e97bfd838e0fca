import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { Agent, createServer, get } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clientHelloBody, extension, helloFor, message } from '../packages/streams/test/hello.ts'
import { crypto, datagram, initialPacket } from '../packages/streams/test/quic-packet.ts'
import { pieces } from '../packages/streams/test/split.ts'
import { chromiumInitials } from '../packages/streams/test/vectors/chromium.ts'
import { freshHost, sh, shell, udpListener, until } from './host.ts'

// The programs as they stand, from the build, behind the rules their first lines give.
const folder = join(import.meta.dirname, '../examples')
const running: ChildProcess[] = []

interface Program {
  readonly out: string
  end(): Promise<number | null>
}

/** Install an example's rules, start it, and wait until it is open. */
async function started(name: string, args: readonly string[] = [], env: Record<string, string> = {}): Promise<Program> {
  const source = readFileSync(join(folder, `${name}.mjs`), 'utf8')
  for (const [, rule] of source.matchAll(/^\/\/ +(iptables .*)$/gm)) sh(rule!.replace('iptables', 'iptables -w'))
  const options = { env: { ...process.env, NODE_OPTIONS: '', ...env } }
  const child = spawn(process.execPath, [join(folder, `${name}.mjs`), ...args], options)
  running.push(child)
  const program = {
    out: '',
    async end() {
      child.kill('SIGINT')
      await until(() => child.exitCode !== null || child.signalCode !== null, `the end of ${name}: ${program.out}`)
      return child.exitCode
    },
  }
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      program.out += chunk
    })
  if (source.includes('openQueue')) {
    const queues = () => readFileSync('/proc/net/netfilter/nfnetlink_queue', 'utf8')
    await until(() => /^ +0 /m.test(queues()) || child.exitCode !== null, `queue 0 of ${name}: ${program.out}`)
  }
  return program
}

/** Whether a TCP connection comes about within half a second. */
const reaches = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const done = (connected: boolean) => {
      socket.destroy()
      resolve(connected)
    }
    socket.once('connect', () => done(true)).once('error', () => done(false))
    setTimeout(() => done(false), 500)
  })

/** Connects, and hangs up. Resolves to the port it was from. */
async function dialled(port: number): Promise<number | undefined> {
  const socket = connect({ host: '127.0.0.1', port })
  await once(socket, 'connect')
  const { localPort } = socket
  socket.destroy()
  return localPort
}

async function tcpListener(port: number) {
  const server = createTcpServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { [Symbol.dispose]: () => server.close() }
}

beforeEach(freshHost)
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  freshHost()
})

test('the examples marked as tested on a real kernel are those tested here', () => {
  const tested = new Set(
    Array.from(readFileSync(import.meta.filename, 'utf8').matchAll(/await started\('([\w-]+)'/g), ([, name]) => name),
  )
  const marked = readdirSync(folder)
    .filter((file) => file.endsWith('.mjs'))
    .filter((file) => readFileSync(join(folder, file), 'utf8').includes('// Tested on a real kernel, too.'))
  expect(marked.map((file) => file.replace('.mjs', '')).sort()).toEqual([...tested].sort())
})

test('dns-blocker: a blocked name does not exist, another is answered', async () => {
  const program = await started('dns-blocker', ['ads.example'])
  const question = (name: string) => {
    const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)])
    return Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1])
  }
  const server = createSocket('udp4')
  server.on('message', (bytes, { port, address }) => {
    const answer = Buffer.concat([bytes, Buffer.from('c00c00010001000000 3c0004c0000201'.replace(' ', ''), 'hex')])
    answer.set([0x81, 0x80], 2)
    answer[7] = 1
    server.send(answer, port, address)
  })
  await new Promise<void>((resolve) => server.bind(53, '127.0.0.1', resolve))
  const client = createSocket('udp4')
  const codes: number[] = []
  client.on('message', (bytes) => codes.push(bytes[3]! & 15))
  for (const [i, name] of ['ads.example', 'news.example'].entries()) {
    client.send(question(name), 53, '127.0.0.1')
    await until(() => codes.length > i, `an answer about ${name}: ${program.out}`)
  }
  client.close()
  server.close()
  expect(codes).toEqual([3, 0])
  const overTcp = createTcpServer((socket) => socket.on('error', () => {}).pipe(socket))
  await new Promise<void>((resolve) => overTcp.listen(53, '127.0.0.1', resolve))
  const heard: string[] = []
  const sockets = ['ads.example', 'news.example'].map((name) => {
    const query = question(name)
    const socket = connect(53, '127.0.0.1').on('error', () => {})
    socket.on('data', () => heard.push(name))
    return socket
      .setNoDelay()
      .once('connect', () => socket.write(Buffer.concat([Buffer.from([0, query.length]), query])))
  })
  await until(() => heard.length > 0, `an answer over TCP: ${program.out}`)
  await sleep(300)
  expect(heard).toEqual(['news.example'])
  for (const socket of sockets) socket.destroy()
  overTcp.close()
  expect(await program.end()).toBe(0)
})

test('user-firewall: nobody reaches nothing, others do', async (context) => {
  if (!/^ *0 +0 +[1-9]\d{5,}$/m.test(readFileSync('/proc/self/uid_map', 'utf8')))
    context.skip('kernel: only real root can become nobody')
  using listener = await udpListener('127.0.0.1', 5353)
  const program = await started('user-firewall')
  const send = `${process.execPath} -e "require('dgram').createSocket('udp4').send(process.argv[1], 5353, '127.0.0.1', () => process.exit())"`
  await shell(`setpriv --reuid=65534 --clear-groups ${send} nobody || true`)
  await shell(`${send} root`)
  await until(() => listener.got.length > 0, `a datagram: ${program.out}`)
  expect(listener.got).toEqual(['root'])
  expect(await program.end()).toBe(0)
})

test('program-firewall: a unit reaches nothing, others do', async (context) => {
  const mount = sh('awk \'$3 == "cgroup2" { print $2; exit }\' /proc/mounts').trim()
  if (mount === '') context.skip('this host has no cgroup2')
  const unit = `nfkit-example-${process.pid}.service`
  sh(`mkdir ${mount}/${unit}`)
  try {
    using _ = await tcpListener(8080)
    const program = await started('program-firewall', [`${unit}=53`])
    expect(await reaches(8080)).toBe(true)
    const inside = `echo $$ > ${mount}/${unit}/cgroup.procs; exec timeout 2 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080'`
    expect(await shell(`sh -c "${inside.replaceAll('$', '\\$')}" && echo reached || echo refused`)).toBe('refused\n')
    await until(() => program.out.includes(`${unit} to 127.0.0.1`), `what was refused: ${program.out}`)
    expect(await program.end()).toBe(0)
  } finally {
    sh(`rmdir ${mount}/${unit}`)
  }
})

test('log-export: what a rule logs is a line of JSON', async () => {
  using _ = await udpListener('127.0.0.1', 5353)
  const program = await started('log-export', ['5'])
  const groups = () => readFileSync('/proc/net/netfilter/nfnetlink_log', 'utf8')
  await until(() => /^ +5 /m.test(groups()), `group 5: ${program.out}`)
  const sender = createSocket('udp4')
  await new Promise<void>((resolve) => sender.send('hello', 5353, '127.0.0.1', () => resolve()))
  sender.close()
  await until(() => program.out.includes('\n'), 'a line')
  expect(JSON.parse(program.out.split('\n')[0]!)).toMatchObject({
    event: 'packet',
    prefix: 'mdns',
    source: '127.0.0.1',
    destinationPort: 5353,
    hook: 'input',
    in: 'lo',
  })
  expect(await program.end()).toBe(0)
})

test('rate-limiter: as many new connections as a burst has', async () => {
  using _ = await tcpListener(8080)
  const program = await started('rate-limiter', ['0.001', '2'])
  const connected = [await reaches(8080), await reaches(8080), await reaches(8080)]
  expect(connected).toEqual([true, true, false])
  expect(await program.end()).toBe(0)
})

test('ids-log: a scan is a line of JSON', async () => {
  const program = await started('ids-log')
  for (let port = 1001; port <= 1015; port++) await reaches(port)
  await until(() => program.out.includes('\n'), 'a line')
  expect(JSON.parse(program.out.split('\n')[0]!)).toMatchObject({ source: '127.0.0.1' })
  expect(await program.end()).toBe(0)
})

test('sni-filter: a blocked name gets no greeting through, another does', async () => {
  const greeted: number[] = []
  const server = createTcpServer((socket) =>
    socket.on('error', () => {}).on('data', (data) => greeted.push(data.length)),
  )
  await new Promise<void>((resolve) => server.listen(443, '127.0.0.1', resolve))
  const program = await started('sni-filter', ['social.example'])
  const sockets = ['www.social.example', 'news.example'].map((servername) =>
    connectTls({ host: '127.0.0.1', port: 443, servername }).on('error', () => {}),
  )
  await until(() => greeted.length > 0, 'the greeting that may pass')
  await sleep(300)
  expect(greeted).toHaveLength(1)
  const inPieces = connect(443, '127.0.0.1')
    .on('error', () => {})
    .setNoDelay()
  for (const piece of pieces(helloFor('social.example'), [60])) {
    inPieces.write(piece)
    await sleep(50)
  }
  await sleep(300)
  expect(greeted).toHaveLength(1)
  for (const socket of [...sockets, inPieces]) socket.destroy()
  server.close()
  expect(await program.end()).toBe(0)
})

test('sni-filter: a blocked name of QUIC does not come through', async () => {
  const program = await started('sni-filter', ['quic.example'])
  using listener = await udpListener('127.0.0.1', 443)
  const first = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
  const hello = message(clientHelloBody({ extensions: [extension.serverNames('news.example')] }))
  for (const datagrams of [chromiumInitials, [datagram(initialPacket(crypto(0, hello), { first }))]]) {
    const client = createSocket('udp4')
    for (const bytes of datagrams) client.send(bytes, 443, '127.0.0.1')
    await until(() => listener.got.length > 0, `a datagram: ${program.out}`)
    await sleep(300)
    // Of the blocked hello only the first half.
    expect(listener.got.splice(0)).toHaveLength(1)
    client.close()
  }
  expect(await program.end()).toBe(0)
})

test('http-rewriter: the server hears another agent, request after request', async () => {
  const program = await started('http-rewriter', ['a name that is longer than the one before'])
  const agents: (string | undefined)[] = []
  const server = createServer((request, response) => {
    agents.push(request.headers['user-agent'])
    response.end('fine')
  })
  await new Promise<void>((resolve) => server.listen(80, '127.0.0.1', resolve))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      const headers = { 'user-agent': 'short' }
      get({ host: '127.0.0.1', agent, headers }, (response) => resolve(text(response))).on('error', reject)
    })
  expect([await ask(), await ask(), await ask()]).toEqual(['fine', 'fine', 'fine'])
  expect(agents).toEqual(new Array(3).fill('a name that is longer than the one before'))
  agent.destroy()
  server.close()
  expect(await program.end()).toBe(0)
})

test('connmark-router: each connection has the mark of its way out', async () => {
  using _ = await tcpListener(22)
  using __ = await tcpListener(80)
  const program = await started('connmark-router')
  expect([await reaches(22), await reaches(80)]).toEqual([true, true])
  for (const [port, mark] of [
    [22, '1'],
    [80, '2'],
  ] as const) {
    const from = await dialled(port)
    // Its own: the table has connections of other tests to that port. A mark is written behind the packet that is accepted.
    const markOf = () => /mark=(\d+)/.exec(sh(`conntrack -L -p tcp --sport ${from} --dport ${port} 2>/dev/null`))?.[1]
    await until(() => markOf() === mark, `mark ${mark}`)
  }
  expect(await program.end()).toBe(0)
})

test('flow-table: connections as they come', async () => {
  sh('iptables -w -A INPUT -m conntrack --ctstate INVALID -j DROP')
  const program = await started('flow-table', ['udp'])
  await until(() => {
    sh(
      'conntrack -I -p udp -s 10.0.0.1 -d 10.0.0.2 --sport 1000 --dport 53 -t 60 2>/dev/null; conntrack -F 2>/dev/null',
    )
    return program.out.includes('10.0.0.1')
  }, 'the connection')
  expect(program.out).toMatch(/^\+ .*10\.0\.0\.1/m)
})

test('otlp-export: verdicts reach the collector', async () => {
  const events: string[] = []
  const collector = createServer(async (request, response) => {
    const { resourceLogs } = JSON.parse(await text(request))
    for (const { scopeLogs } of resourceLogs)
      for (const { eventName, attributes } of scopeLogs[0].logRecords)
        events.push(
          `${eventName} ${attributes.find(({ key }: { key: string }) => key === 'verdict')?.value.stringValue}`,
        )
    response.end('{}')
  })
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve))
  const { port } = collector.address() as AddressInfo
  const endpoint = `http://127.0.0.1:${port}`
  const program = await started('otlp-export', [], { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
  expect(await reaches(23)).toBe(false)
  await until(() => events.length > 0, `a record: ${program.out}`)
  expect(events[0]).toBe('nfqueue.verdict drop')
  expect(await program.end()).toBe(0)
  collector.closeAllConnections()
  collector.close()
})
