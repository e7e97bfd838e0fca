/**
 * How fast the codec reads, against libmnl in C on the same bytes: `npm run bench`.
 *
 * Both sides take turns, window by window; time is processor time, garbage collection included; each figure is the median of the
 * windows, each ratio the median of the ratios of neighbouring windows. The JavaScript side makes an object of each message, and
 * those of one burst of 64 live together, as they do behind a socket, so that no object is optimised away.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Flow } from '../src/flow/flow.ts'
import { messageLength } from '../src/message/message.ts'
import { QueuedPacket } from '../src/nfqueue/queued-packet.ts'
import { Attrs } from '../src/schema/attrs.ts'
import { flows, packets } from './workload.mjs'

/** `WINDOWS`, `MESSAGES` and `ONLY` (a word of the claim) make a run shorter. */
const windows = Number(process.env.WINDOWS ?? 25)
const perWindow = Number(process.env.MESSAGES ?? 500_000)
let sum = 0

/** Id, mark and payload length of each queued packet. */
function readPackets(bytes) {
  let count = 0
  let burst = new Array(64)
  for (let p = 0; p < bytes.length; count++) {
    const end = p + messageLength(bytes, p, bytes.length)
    const packet = new QueuedPacket(bytes, p, end)
    if ((count & 63) === 0) burst = new Array(64)
    burst[count & 63] = packet
    sum += packet.id + packet.mark + packet.payloadLength
    p = (end + 3) & ~3
  }
  return count
}

/** What a list of connections needs, but addresses and counters left as bytes until they are printed. */
function readFlows(bytes) {
  let count = 0
  let burst = new Array(64)
  for (let p = 0; p < bytes.length; count++) {
    const end = p + messageLength(bytes, p, bytes.length)
    const flow = new Flow(new Attrs(bytes, p + 20, end), bytes[p + 16])
    if ((count & 63) === 0) burst = new Array(64)
    burst[count & 63] = flow
    const { original, reply } = flow
    sum += flow.status + flow.timeoutSeconds + flow.mark + flow.id + (flow.tcpState ?? 0) + original.protocol
    sum += original.sourcePort + original.destinationPort + reply.sourcePort + reply.destinationPort
    p = (end + 3) & ~3
  }
  return count
}

/** The same, every attribute to a plain object. */
function decodeFlows(bytes) {
  let count = 0
  let burst = new Array(64)
  for (let p = 0; p < bytes.length; count++) {
    const end = p + messageLength(bytes, p, bytes.length)
    const flow = new Flow(new Attrs(bytes, p + 20, end), bytes[p + 16]).toObject()
    if ((count & 63) === 0) burst = new Array(64)
    burst[count & 63] = flow
    sum += flow.status + flow.timeout + flow.mark + flow.id
    p = (end + 3) & ~3
  }
  return count
}

const folder = mkdtempSync(join(tmpdir(), 'netlink-codec-bench-'))
const here = (name) => fileURLToPath(new URL(name, import.meta.url))

function compile() {
  const out = join(folder, 'reference')
  const { status, stderr, error } = spawnSync('cc', ['-O2', '-o', out, here('../c/reference.c'), '-lmnl'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`cc with libmnl-dev is needed: ${error?.message ?? stderr}`)
  return out
}

function window(read, bytes, messages) {
  const start = process.cpuUsage()
  let count = 0
  while (count < messages) count += read(bytes)
  const { user, system } = process.cpuUsage(start)
  return ((user + system) * 1000) / count
}

/** A reader of the same bytes in C, ready to be asked for one window at a time. */
function reference(program, kind, bytes) {
  const file = join(folder, kind)
  writeFileSync(file, bytes)
  const child = spawn(program, [kind, file, String(perWindow)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async window() {
      child.stdin.write('go\n')
      const { value } = await lines.next()
      return Number(value.split(' ')[0])
    },
    close: () => child.stdin.end(),
  }
}

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1]

async function compare(claim, program, kind, bytes, read, goals) {
  if (!claim.includes(process.env.ONLY ?? '')) return
  const c = reference(program, kind, bytes)
  for (let i = 0; i < 5; i++) window(read, bytes, perWindow)
  await c.window()
  const ours = []
  const theirs = []
  for (let i = 0; i < windows; i++) {
    ours.push(window(read, bytes, perWindow))
    theirs.push(await c.window())
  }
  c.close()
  const ns = median(ours)
  const ratio = median(ours.map((value, i) => theirs[i] / value))
  const result = {
    claim,
    ns: round(ns),
    millionsPerSecond: round(1000 / ns),
    libmnlNs: round(median(theirs)),
    timesLibmnl: round(ratio),
  }
  console.log(
    `${claim}: ${result.ns} ns, ${result.millionsPerSecond} M/s; libmnl ${result.libmnlNs} ns; ${result.timesLibmnl} x libmnl${goals}`,
  )
}

const round = (value) => Math.round(value * 100) / 100

try {
  const program = compile()
  await compare(
    'queued packet to object, id + mark + payload length',
    program,
    'packets',
    packets(),
    readPackets,
    ' (goals 16 M/s, 2.5 x)',
  )
  await compare('conntrack entry to object, what a list shows', program, 'flows', flows(), readFlows, ' (goal 3 x)')
  await compare('conntrack entry to plain object, everything', program, 'flows', flows(), decodeFlows, ' (no goal)')
} finally {
  rmSync(folder, { recursive: true })
}
if (!Number.isFinite(sum)) process.exitCode = 1
