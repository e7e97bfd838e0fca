import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { shell, within } from './namespace.mjs'

/** Load comes from one processor, its consumer is on another. */
export const loadCpu = '0'
export const consumerCpu = '1'
export const bothCpus = '0,1'

/** Start a program on given processors; what it prints is collected. */
export class Running {
  #out = ''
  #err = ''

  constructor(argv, { cpus = consumerCpu, namespace, env = {} } = {}) {
    const [command, ...args] = [...within(namespace), 'taskset', '-c', cpus, ...argv]
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    this.child.stdout.on('data', (text) => (this.#out += text))
    this.child.stderr.on('data', (text) => (this.#err += text))
    this.exited = once(this.child, 'close')
  }

  get pid() {
    return this.child.pid
  }
  get alive() {
    return this.child.exitCode === null && this.child.signalCode === null
  }
  get complaint() {
    return this.#err.slice(-400)
  }

  /** Nanoseconds on a processor, all threads, what the kernel does on their behalf included: the scheduler's own count. */
  cpu() {
    return sumOverTasks(this.pid, 0)
  }

  /** Bytes of memory resident now. */
  resident() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
  }

  /** Of so many queues from one on, the sums of their rows in `/proc/net/netfilter/nfnetlink_queue`; `undefined` until all are bound. */
  queue(first, count = 1) {
    const rows = readFileSync(`/proc/${this.pid}/net/netfilter/nfnetlink_queue`, 'utf8')
      .split('\n')
      .map((row) => row.trim().split(/\s+/).map(Number))
      .filter(([number]) => number >= first && number < first + count)
    const sum = (column) => rows.reduce((all, row) => all + row[column], 0)
    return rows.length === count ? { waiting: sum(2), refused: sum(5), overrun: sum(6), lastId: sum(7) } : undefined
  }

  async bound(first, count) {
    for (let i = 0; i < 500; i++) {
      if (!this.alive) break
      if (this.queue(first, count)) return
      await sleep(20)
    }
    throw new Error(`queue ${first} was not bound: ${this.complaint}`)
  }

  /** Resolves when it has printed a line. */
  async printed(line) {
    for (let i = 0; i < 3_000; i++) {
      if (this.#out.split('\n').includes(line)) return
      if (!this.alive) break
      await sleep(20)
    }
    throw new Error(`"${line}" was not printed: ${this.complaint}`)
  }

  /** End it and return the JSON it prints last. */
  async stop() {
    if (this.alive) this.child.kill('SIGTERM')
    const late = setTimeout(() => this.child.kill('SIGKILL'), 4_000)
    await this.exited
    clearTimeout(late)
    return this.#said()
  }

  /** Wait for it to end by itself and return the JSON it prints last. */
  async finish(seconds = 60) {
    const late = setTimeout(() => this.child.kill('SIGKILL'), seconds * 1_000)
    const [code] = await this.exited
    clearTimeout(late)
    if (code !== 0) throw new Error(`${this.child.spawnargs.join(' ')}: ended with ${code}: ${this.complaint}`)
    return this.#said()
  }

  #said() {
    // Ours print a line, iperf3 prints many.
    for (const text of [this.#out, this.#out.trim().split('\n').at(-1)]) {
      try {
        return JSON.parse(text)
      } catch {}
    }
    return {}
  }
}

/** Nanoseconds on a processor of a program that prints no account of itself. What it prints goes into `output`. */
export function toolCpu(argv, namespace, output = '/dev/null') {
  const command = [...within(namespace), 'taskset', '-c', consumerCpu, ...argv].join(' ')
  const [user, system] = shell(`bash -c "TIMEFORMAT='%U %S'; { time ${command} >${output} 2>&1; } 2>&1"`).split(' ')
  return (Number(user) + Number(system)) * 1e9
}

/** A column of `/proc/PID/task/TID/schedstat`: 0 is time on a processor, 1 time waiting for one. */
function sumOverTasks(pid, column) {
  let sum = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      sum += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[column])
    } catch {}
  }
  return sum
}
