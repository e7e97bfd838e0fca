// The client of the soak: it begins connections and sends datagrams, and says of each connection whether it went as it must. What must be is told by
// `expect`; while something changes, it is `unknown`, and nothing is held against what was begun before or meanwhile.
import { createSocket } from 'node:dgram'
import { Random } from '../../attack/random.mjs'
import { fateNames, fates, listable } from '../fates.mjs'
import { dial, Line } from './lines.mjs'

const [seed, perSecond] = process.argv.slice(2).map(Number)
const random = new Random(seed)

/** By fate: how a connection must end, and how often that has been changed. */
const expected = { pass: 'passed', reject: 'refused', drop: 'silent', moving: 'unknown', listed: 'unknown' }
const changes = Object.fromEntries(fateNames.map((name) => [name, 0]))
let blocked = new Set()
/**
 * How long, in milliseconds, before a connection counts as silent. TCP says again what was lost after a second, then after twice as long each time: while a killed worker's successor
 * is loaded, which takes what the host has left, that adds up.
 */
const patience = { passed: 110_000, refused: 110_000, silent: 400, unknown: 2_000 }

const sent = Object.fromEntries(fateNames.map((name) => [name, 0]))
const outcomes = {}
let [number, underWay, longest] = [0, 0, 0]
let isPaused = false
/** For how long a gate remembers at most what it has let pass, in milliseconds. */
const forgetting = 62_000

const fail = (what) => process.send({ failure: what })

/** Somewhere with that fate, and what must become of a connection to there. */
function target(fate) {
  const { port, network } = fates[fate]
  const last = random.below(fate === 'listed' ? listable : 65_536)
  const host = `${network}.${last >> 8}.${last & 255}`
  const must = expected[fate] === 'by list' ? (blocked.has(host) ? 'silent' : 'passed') : expected[fate]
  return { host, port, must, since: changes[fate] }
}

async function connection(fate) {
  const { host, port, must, since } = target(fate)
  underWay++
  const start = performance.now()
  const outcome = await dial(host, port, patience[must])
  underWay--
  const isHeld = must !== 'unknown' && changes[fate] === since
  if (isHeld && outcome !== must) fail(`a connection to ${host}:${port} (${fate}) must be ${must}, and is ${outcome}`)
  if (outcome === 'passed') longest = Math.max(longest, performance.now() - start)
  const key = `${fate} ${outcome}`
  outcomes[key] = (outcomes[key] ?? 0) + 1
}

const sockets = Array.from({ length: 8 }, () => createSocket('udp4').on('error', () => {}))
function datagram(fate) {
  const { host, port } = target(fate)
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32LE(number++)
  bytes[4] = fateNames.indexOf(fate)
  underWay++
  random.pick(sockets).send(bytes, port, host, (error) => {
    underWay--
    if (error) fail(`a datagram to ${host}: ${error.message}`)
    else sent[fate]++
  })
}

/** Connections that last: those to `pass` for the whole time, those to `moving` until it is closed. */
const lasting = Array.from({ length: 6 }, (_, i) => new Line(`${fates.pass.network}.255.${i}`, fates.pass.port, fail))
const moving = Array.from(
  { length: 4 },
  (_, i) => new Line(`${fates.moving.network}.254.${i}`, fates.moving.port, fail),
)

const commands = {
  async expect({ expect }) {
    for (const [fate, must] of Object.entries(expect)) {
      expected[fate] = must
      changes[fate]++
    }
    if (!('moving' in expect)) return
    for (const line of moving) line.mayBreak = expect.moving !== 'passed'
    if (expect.moving === 'passed') await Promise.all(moving.map((line) => line.open()))
    if (expect.moving === 'refused') await Promise.all(moving.map((line) => line.mustBreak()))
  },
  blocked({ hosts }) {
    blocked = new Set(hosts)
  },
  /** Nothing for as long as gates remember what they have decided; then a datagram, so that they forget it. */
  async pause() {
    isPaused = true
    await new Promise((resolve) => setTimeout(resolve, forgetting))
    datagram('pass')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  },
  resume() {
    isPaused = false
    begun = performance.now()
    due.connections = 0
    due.datagrams = 0
  },
  stats: () => ({ sent, outcomes, longest, said: lasting.reduce((sum, { said }) => sum + said, 0) }),
  async end() {
    clearInterval(timer)
    for (const line of [...lasting, ...moving]) line.close()
    while (underWay > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    return commands.stats()
  },
}

process.on('message', async ({ id, command, ...more }) => {
  const answer = await commands[command](more)
  process.send({ id, answer })
})
process.on('disconnect', () => process.exit())
await Promise.all(lasting.map((line) => line.open()))
const due = { connections: 0, datagrams: 0 }
let begun = performance.now()
const timer = setInterval(() => {
  if (isPaused) return
  const seconds = (performance.now() - begun) / 1_000
  // After a pause of this process, what was due is not sent at once.
  for (let burst = 0; due.connections < seconds * perSecond && burst < 50; burst++, due.connections++)
    void connection(random.pick(fateNames))
  for (let burst = 0; due.datagrams < seconds * perSecond * 4 && burst < 200; burst++, due.datagrams++)
    datagram(random.pick(fateNames))
}, 10)

process.send('ready')
