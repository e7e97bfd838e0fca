// A gate of the soak: a firewall that follows a fleet. `gate.mjs CONTROL SERVERS KEY [NETNS]`; without a namespace it is a supervisor's worker, whose sockets and
// state are those of the one before. What it does it says to CONTROL, a socket, a line of JSON each.
import { once } from 'node:events'
import { connect as connectTo } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { openFirewall } from '@nfkit/firewall'
import { openGate } from '@nfkit/fleet'
import { jetStreamLog } from '@nfkit/fleet/jetstream'
import { succeed } from '@nfkit/handover'
import { openMnl } from '@nfkit/mnl-native'
import { networks } from '../bed.mjs'
import { fates, maxLength } from '../fates.mjs'
import { fleet } from '../fleet.mjs'
import { held } from '../memory.mjs'

const [control, servers, key, netns] = process.argv.slice(2)
const socket = connectTo(control).on('error', () => {})
await once(socket, 'connect')
const say = (what) =>
  socket.writable && socket.write(`${JSON.stringify({ gate: netns ? 'second' : 'here', pid: process.pid, ...what })}\n`)

/** What holds here, and whether anything is known: a gate that begins judges nothing before it has heard all that the fleet says. */
let rules = { serial: 0, closed: false }
let blocked = new Set()
let isKnown = false
let know
const known = new Promise((resolve) => {
  know = () => {
    isKnown = true
    resolve()
  }
})

/** Two gates in a row would hide each other's faults: each lists every other address, and the first one alone judges by ports. */
const isOwn = (place) => !place.startsWith(networks.listed) || Number(place.split('.').at(-1)) % 2 === (netns ? 1 : 0)

function verdictOn({ destination }) {
  if (blocked.has(destination.address)) return 'drop'
  if (netns) return 'accept'
  if (destination.port === fates.moving.port) return rules.closed ? 'reject' : 'accept'
  return { [fates.reject.port]: 'reject', [fates.drop.port]: 'drop' }[destination.port] ?? 'accept'
}

const open = (options) =>
  openFirewall({
    name: 'gate',
    hooks: ['forward'],
    absent: 'accept',
    deadlineMilliseconds: 60_000,
    undecided: 65_536,
    maxLength,
    waitingPackets: 256,
    judge: (connection) => (isKnown ? verdictOn(connection) : known.then(() => verdictOn(connection))),
    ...options,
  })

/** A client of the broker, however long that is away: one that dies meanwhile is not waited for. */
async function logOfFleet() {
  const asking = { servers, maxReconnectAttempts: -1, reconnectTimeWait: 100, timeout: 10_000 }
  for (;;) {
    let connection
    try {
      connection = await connect(asking)
      const manager = await jetstreamManager(connection, { checkAPI: false })
      const log = jetStreamLog({ jetstream: jetstream(connection), manager, stream: fleet, subject: `fleet.${fleet}` })
      return { connection, log }
    } catch (error) {
      say({ note: `the broker: ${error.message}` })
      await connection?.close()
      await sleep(100)
    }
  }
}

/** Follow the fleet, from where a gate before has been. Resolves to what ends it, once all is in force that was said before. */
async function follow(firewall, handover, hasLeft = () => false) {
  const { connection, log } = await logOfFleet()
  if (hasLeft()) return
  const list = async (verb, places) => {
    const where = places.filter(isOwn)
    await firewall[verb](where)
    for (const one of where) blocked[verb === 'block' ? 'add' : 'delete'](one)
  }
  const put = async (said) => {
    const isNew = said.serial !== rules.serial
    rules = said
    if (isNew) await firewall.reconsider()
    say({ serial: said.serial })
  }
  const gate = openGate({
    ...{ fleet, keys: { ops: key }, log, handover },
    target: {
      block: (where) => list('block', where),
      allow: async () => {},
      unlist: (where) => list('unlist', where),
    },
    policy: (name, value) => (name === 'rules' && value !== undefined ? put(value) : undefined),
  })
  gate.on('trouble', (error) => say({ note: `the fleet: ${error.message}` }))
  gate.on('missing', ({ messages }) => say({ failure: `${messages} messages of the fleet are missing` }))
  gate.on('refused', ({ why }) => say({ failure: `a message of the fleet was refused: ${why}` }))
  gate.caughtUp.then(know)
  return async () => {
    const left = await gate.handOver()
    connection.close().catch(() => {})
    return left
  }
}

function watch(firewall) {
  firewall.on('trouble', (error) => say({ failure: `trouble: ${error.message}` }))
  firewall.on('warning', (text) => say({ note: text }))
  firewall.on('failed', ({ error }) => say({ failure: `the judge has failed: ${error}` }))
  const begun = performance.now()
  const timer = setInterval(async () => say({ held: await held(), age: performance.now() - begun }), 2_000)
  return () => clearInterval(timer)
}

if (netns) {
  const firewall = await open({ transport: () => openMnl({ netns }) })
  watch(firewall)
  await follow(firewall)
  createInterface({ input: socket }).once('line', async () => {
    await firewall.remove()
    process.exit()
  })
} else
  await succeed(async ({ fd, state, orphans }) => {
    if (orphans !== 'repeat') say({ failure: 'workers have crashed one soon after another' })
    if (state?.isKnown) {
      rules = state.rules
      blocked = new Set(state.blocked)
      know()
    }
    const firewall = await open({
      transport: openMnl,
      sockets: { queue: openMnl({ fd: fd('queue') }), rules: openMnl({ fd: fd('rules') }) },
      handover: state?.firewall,
      orphans: orphans === 'repeat' ? 'repeat' : 'drop',
    })
    const unwatch = watch(firewall)
    let unfollow = async () => state?.fleet
    let isLeaving = false
    const following = follow(firewall, state?.fleet, () => isLeaving).then((end) => {
      unfollow = end
    })
    following.catch((error) => say({ failure: `it follows no more: ${error.message}` }))
    return async (options) => {
      isLeaving = true
      const left = { fleet: await unfollow(), firewall: await firewall.handOver(options) }
      unwatch()
      socket.end()
      return { ...left, blocked: [...blocked], rules, isKnown }
    }
  })
