// owner HOW SOCKETS COUNT [PROGRAM]: how long it takes to learn whose a packet is, one question after another, among so many sockets.
// HOW is `unit` (socket, then unit), `owner` (socket), `raw` (the same bytes over the same transport, unread), or `c`, which is PROGRAM.
import { execFileSync, spawn } from 'node:child_process'
import { openMnl } from '@nfkit/mnl-native'
import { encodeSocketRequest, noCookie, sockDiag, socketMessage } from '@nfkit/netlink-codec/sock-diag'
import { Connection } from '@nfkit/netlink-transport'
import { openSockets, Programs } from '@nfkit/sockets'
import { linuxFiles } from '@nfkit/sockets/linux'
import { quantile } from '../statistics.mjs'

const [how, sockets, count, program] = process.argv.slice(2)
const often = Number(count)
/** As many as one process may have open. */
const most = 10_000

const parts = Array.from({ length: Math.ceil(sockets / most) }, (_, i) => Math.min(most, sockets - i * most))
const holders = parts.map((size) =>
  spawn(process.execPath, [new URL('./population.mjs', import.meta.url).pathname, String(size)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  }),
)
const [tuple] = await Promise.all(
  holders.map(async ({ stdout }) => {
    for await (const text of stdout) return JSON.parse(text)
  }),
)
console.log(how === 'c' ? byProgram() : JSON.stringify(await measured(await questions())))
for (const { stdin } of holders) stdin.end()
process.exit()

function byProgram() {
  return execFileSync(program, [tuple.local, tuple.remote, often].map(String), { encoding: 'utf8' }).trim()
}

/** Returns a function that asks, and tells whether the answer is right. */
async function questions() {
  const end = (port) => ({ address: '127.0.0.1', port })
  const asked = { protocol: 'tcp', source: end(tuple.local), destination: end(tuple.remote) }
  if (how === 'raw') {
    const own = openMnl().sibling({ protocol: sockDiag.number })
    const connection = new Connection(own, sockDiag)
    own.receive(connection)
    const address = Uint8Array.of(127, 0, 0, 1, ...new Uint8Array(12))
    const request = encodeSocketRequest(
      { type: socketMessage.byFamily.type, flags: 1 },
      {
        family: 2,
        protocol: 6,
        src: address,
        dst: address,
        sport: tuple.local,
        dport: tuple.remote,
        interface: 0,
        cookie0: noCookie,
        cookie1: noCookie,
      },
    )
    return async () => (await connection.ask(request, ({ type }) => ({ type }))).type === socketMessage.byFamily.type
  }
  const table = openSockets(openMnl())
  const programs = new Programs(linuxFiles)
  return async () => {
    const owner = await table.ownerOf(asked, { local: 'source' })
    if (owner.kind !== 'socket') return false
    return how === 'owner' || programs.of(owner.socket).cgroup !== undefined
  }
}

async function measured(ask) {
  const took = []
  let found = 0
  for (let i = -often / 10; i < often; i++) {
    const start = process.hrtime.bigint()
    const isRight = await ask()
    // The first tenth warms up.
    if (i < 0) continue
    took.push(Number(process.hrtime.bigint() - start))
    if (isRight) found++
  }
  return { p50: quantile(took, 0.5), p99: quantile(took, 0.99), found }
}
