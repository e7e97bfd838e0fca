import cluster from 'node:cluster'
import { fileURLToPath } from 'node:url'
import { blockMilliseconds } from '../modules/block.mjs'
import { accepted, records, rows, toldLost, withLog } from './log.mjs'

/** A process of Node takes a second to start, on a busy machine more. */
const openingPatience = 20_000

/** One queue of a cluster: the process that has it, and the one that follows when it ends. */
class Member {
  opened = 0
  died = 0
  stats
  closed = false
  /** Whether a process ended before its time. */
  hasDied = false
  #number
  #orders
  #trial
  #worker

  constructor(number, orders, trial) {
    this.#number = number
    this.#orders = orders
    this.#trial = trial
    this.#fork()
  }

  /** Whether the process of today has its queue. */
  get isOpen() {
    return this.opened > this.died
  }

  /** Whether there is no process any more. */
  get isGone() {
    return this.#worker === undefined
  }

  kill(signal) {
    if (this.isOpen) this.#worker.process.kill(signal)
  }

  /** Closes its queue; another process follows unless all is over. */
  close(forGood) {
    this.closed ||= forGood
    this.#ask('close')
  }

  /** Its counts come as `stats`. */
  ask() {
    this.stats = undefined
    this.#ask('stats')
  }

  #ask(what) {
    // One that dies meanwhile does not hear it.
    if (this.isOpen) this.#worker.send(what, () => {})
  }

  #fork() {
    const worker = cluster.fork({ NFKIT_ATTACK: JSON.stringify({ ...this.#orders, number: this.#number }) })
    this.#worker = worker
    worker.on('message', ({ opened, stats, failed }) => {
      if (opened !== undefined) {
        this.opened++
        // All was over before it could be told.
        if (this.closed) this.#ask('close')
      }
      if (stats !== undefined) this.stats = stats
      if (failed !== undefined) this.#trial.find('a process of a cluster cannot open its queue', failed)
    })
    worker.on('error', () => {})
    worker.on('exit', (code) => {
      this.#worker = undefined
      this.hasDied ||= code !== 0
      this.died = this.opened
      if (!this.closed) this.#fork()
    })
  }
}

/** Runs a program about a cluster: whatever its processes do, each queue is judged, found open again by the next, and closed. */
export async function clusterTrial(program, world, trial) {
  return withLog((log) => clusterRun(program, world, trial, log))
}

async function clusterRun(program, world, trial, log) {
  const { first, processes, ill, every, onUnjudged, deadlineMilliseconds } = program
  cluster.setupPrimary({ exec: fileURLToPath(new URL('../modules/process.mjs', import.meta.url)), silent: true })
  const orders = { ill, every, log, onUnjudged, deadlineMilliseconds }
  const members = Array.from({ length: processes }, (_, i) => new Member(first + i, orders, trial))
  const allOpen = () => members.every(({ isOpen }) => isOpen)
  const open = async () => {
    if (!(await trial.until(allOpen, openingPatience))) trial.find('a process of a cluster does not open its queue')
  }
  const sent = []
  let losing = false
  const acts = {
    async send({ at, ...step }) {
      const from = await world.send({ ...step, queue: first + at })
      for (let i = 0; i < step.count; i++) sent.push(from + i)
    },
    sleep: ({ milliseconds }) => world.sleep(milliseconds),
    kill: ({ at, signal }) => {
      losing = true
      members[at].kill(signal)
    },
    recycle: ({ at }) => {
      losing = true
      members[at].close(false)
    },
    stats: ({ at }) => members[at].ask(),
  }
  await open()
  for (const step of program.steps) await acts[step.do](step)
  await recover({ program, trial, world, log, open })
  for (const member of members) member.ask()
  await trial.until(() => members.every(({ stats }) => stats !== undefined), 2_000)
  const told = members.reduce((sum, { stats }) => sum + (stats ? toldLost(stats) : 0), 0)
  for (const member of members) member.close(true)
  if (!(await trial.until(() => members.every(({ isGone }) => isGone), openingPatience))) {
    trial.find('a process of a cluster does not end')
    for (const member of members) member.kill('SIGKILL')
  }
  if (rows(first).length > 0) trial.find('queues are left when a cluster has ended', JSON.stringify(rows(first)))
  losing ||= members.some(({ hasDied }) => hasDied)
  judge({ sent, passed: await world.passed(), records: records(log), told, losing, world, trial })
  return sent.length
}

/** Processes that ended are followed by others, and all packets are judged by their deadline. */
async function recover({ program: { ill, deadlineMilliseconds }, trial, world, log, open }) {
  const waits = () => records(log).filter(({ verdict }) => verdict === undefined).length
  await world.sleep(deadlineMilliseconds + 300)
  await open()
  const computing = ill === 'block' ? waits() * blockMilliseconds : 0
  await trial.until(() => waits() === 0, 1_000 + computing)
}

/** A verdict that was sent has its effect; a packet no process saw has not passed; one that was lost without a death is told. */
function judge({ sent, passed, records, told, losing, world, trial }) {
  if (world.blind) return
  const byNumber = new Map(records.map((record) => [record.number, record]))
  let dropped = 0
  for (const number of sent) {
    const record = byNumber.get(number)
    const through = passed.get(number)
    const story = `packet ${number} in a cluster: ${world.story(number)}`
    if (record?.verdict !== undefined) {
      if ((record.verdict === accepted) !== through) trial.find('a verdict and what came of it differ', story)
      continue
    }
    // Between a verdict and its note a process may be killed: what it had may have passed.
    if (through && !(record && losing)) trial.find('passed unseen, and nobody said so', story)
    if (record && !losing) trial.find('a packet waits past its deadline', story)
    if (!through) dropped++
  }
  if (dropped > told && !losing) trial.find('lost, and nobody said so', `${dropped} in a cluster, ${told} told`)
}
