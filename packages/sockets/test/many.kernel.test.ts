import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import { expect, test } from 'vitest'
import { freshHost, rule, sh } from '../../../test/host.ts'
import { openSockets, Programs } from '../src/index.ts'
import { linuxFiles } from '../src/linux.ts'

/** Programs, each in a unit of its own, and connections that each makes, one after another. */
const programs = 200
const each = 50

const mount = sh('awk \'$3 == "cgroup2" { print $2; exit }\' /proc/mounts').trim()
const unitOf = (n: number) => `nfkit-many-${process.pid}-${n}.service`

/** Says who it is on each connection, and waits for an answer, so that what is queued is always somebody's who still runs. */
const program = (n: number, port: number) => `
  echo $$ > ${mount}/${unitOf(n)}/cgroup.procs
  for i in {1..${each}}; do
    exec 3<>/dev/tcp/127.0.0.1/${port} || exit 1
    echo ${n} $$ >&3
    read -u 3 answer
    exec 3>&-
  done`

test('10,000 short connections of 200 programs: the unit is right every time, the process 999 times in 1,000', {
  timeout: 240_000,
}, async ({ skip, onTestFinished }) => {
  if (mount === '') skip('this host has no cgroup2')
  freshHost()
  for (let n = 0; n < programs; n++) sh(`mkdir ${mount}/${unitOf(n)}`)
  onTestFinished(() => {
    for (let n = 0; n < programs; n++) sh(`rmdir ${mount}/${unitOf(n)}`)
  })
  /** Whose the connections of each port are, one after another, as they say themselves. */
  const said = new Map<number, { readonly unit: string; readonly pid: number }[]>()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (text) => {
      const [n, pid] = text.toString().split(' ').map(Number)
      said.set(socket.remotePort!, [...(said.get(socket.remotePort!) ?? []), { unit: unitOf(n!), pid: pid! }])
      socket.end('seen\n')
    })
  }).listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  rule(`-A OUTPUT -p tcp --syn --dport ${port} -j NFQUEUE --queue-num 1`)
  onTestFinished(() => freshHost())

  const sockets = openSockets(openMnl())
  onTestFinished(() => sockets.close())
  const known = new Programs(linuxFiles)
  /** Whose they were found to be, in the same order: a SYN that is sent again is the same connection. */
  const found = new Map<number, Map<number, { readonly unit: string | undefined; readonly pids: readonly number[] }>>()
  const queue = await openQueue(openMnl(), { number: 1, deadlineMilliseconds: Number.POSITIVE_INFINITY })
  onTestFinished(() => queue.close())
  queue.run(async (packet) => {
    const owner = await sockets.owner(packet)
    const { port } = packet.tuple!.source
    const sequence = Buffer.from(packet.payload!).readUInt32BE(24)
    const ofPort = found.get(port!) ?? new Map()
    found.set(port!, ofPort)
    if (owner.kind === 'socket')
      ofPort.set(sequence, { unit: known.of(owner.socket).unit, pids: known.processes(owner.socket) })
    packet.accept()
  })

  const running = Array.from({ length: programs }, (_, n) =>
    spawn('bash', ['-c', program(n, port)], { stdio: 'ignore' }),
  )
  const codes = await Promise.all(running.map(async (one) => (await once(one, 'exit'))[0]))
  expect(codes.filter((code) => code !== 0)).toEqual([])
  const pairs = [...said].flatMap(([port, all]) =>
    all.map((truth, i) => ({ truth, answer: [...found.get(port)!.values()][i] })),
  )
  expect(pairs).toHaveLength(programs * each)
  expect(pairs.filter(({ truth, answer }) => answer?.unit !== truth.unit)).toEqual([])
  const right = pairs.filter(({ truth, answer }) => answer?.pids.length === 1 && answer.pids[0] === truth.pid)
  expect(right.length / pairs.length).toBeGreaterThanOrEqual(0.999)
})
