import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openFirewall } from '@nfkit/firewall'
import { supervise } from '@nfkit/handover'
import { openMnl } from '@nfkit/mnl-native'
import { maxLength } from './fates.mjs'
import { measuring } from './memory.mjs'
import { programOf } from './processes.mjs'

const limits = { absentMilliseconds: 60_000, loadingMilliseconds: 60_000, watchdogMilliseconds: 30_000 }

/** Two gates: a supervised one here, whose workers come and go, and one of a single process on the second host. */
export class Gates {
  supervisor
  killed = 0
  #folder = mkdtempSync(join(tmpdir(), 'nfkit-soak-'))
  #path = join(this.#folder, 'control')
  #control
  #second
  #secondSocket
  #sockets = { queue: openMnl(), rules: openMnl() }
  #reader
  #isKilling = false
  /** The process of the worker that has heard it last. */
  #hasHeard
  #applied = { here: 0, second: 0 }
  #waiting = new Set()
  #memory
  #fail
  #tell

  constructor(memory, fail, tell) {
    this.#memory = memory
    this.#fail = fail
    this.#tell = tell
  }

  /** Both follow a fleet, which is at `servers` and has that key. */
  async open(bed, servers, key) {
    const fail = this.#fail
    await this.#listen()
    const words = [this.#path, servers, key]
    const program = [...measuring, programOf('gate'), ...words, bed.second.netns]
    this.#second = spawn(process.execPath, program, { stdio: ['ignore', 'inherit', 'inherit'] })
    this.supervisor = await supervise({
      worker: programOf('gate'),
      sockets: this.#heirs(),
      queues: { queue: [{ number: 0, gso: true, conntrack: 'off', maxLength }], rules: [] },
      ...{ args: words, execArgv: measuring, absent: 'drop', ...limits },
    })
    this.supervisor.on('workerReads', ({ processId }) => {
      this.#reader = processId
      this.#wake()
    })
    this.supervisor.on('workerDied', (error) => {
      if (error.reason !== 'died' || !this.#isKilling) fail(error.message)
      else this.killed++
      this.#isKilling = false
    })
    this.supervisor.on('absent', () => fail('no worker was there for too long'))
    this.supervisor.on('trouble', (error) => fail(error.message))
  }

  /** Resolves when a policy is in force at both. */
  applied(serial) {
    return this.#until(() => Object.values(this.#applied).every((at) => at >= serial))
  }

  /** Kill the worker. Resolves when the next one reads, and has heard what the fleet says. */
  async killWorker() {
    const before = this.#reader
    this.#isKilling = true
    process.kill(before, 'SIGKILL')
    await this.#until(() => this.#reader !== before && this.#hasHeard === this.#reader)
  }

  /** What they have in the kernel is taken back, and their processes end. */
  async close() {
    await this.supervisor.leave()
    const common = { transport: openMnl, name: 'gate', hooks: ['forward'], absent: 'accept' }
    const last = await openFirewall({ ...common, judge: () => 'accept', sockets: this.#heirs() })
    await last.remove()
    for (const socket of Object.values(this.#sockets)) socket.close()
    const ended = once(this.#second, 'exit')
    this.#secondSocket.write('end\n')
    await ended
    this.#control.close()
    rmSync(this.#folder, { recursive: true })
  }

  #heirs() {
    const { queue, rules } = this.#sockets
    return { queue: queue.heir(), rules: rules.heir() }
  }

  async #listen() {
    this.#control = createServer((socket) => {
      socket.on('error', () => {})
      const lines = createInterface({ input: socket })
      lines.on('error', () => {}).on('line', (line) => this.#hear(JSON.parse(line), socket))
    })
    this.#control.listen(this.#path)
    await once(this.#control, 'listening')
  }

  #hear({ gate, pid, serial, failure, note, held, age }, socket) {
    if (gate === 'second') this.#secondSocket = socket
    if (failure) this.#fail(`gate ${gate}: ${failure}`)
    if (note) this.#tell(`gate ${gate}: ${note}`)
    if (held) this.#memory.add(`gate ${gate}`, held, age)
    if (serial !== undefined && gate === 'here') this.#hasHeard = pid
    if (serial !== undefined) this.#applied[gate] = Math.max(serial, this.#applied[gate])
    this.#wake()
  }

  #until(holds) {
    if (holds()) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.add({ holds, resolve }))
  }

  #wake() {
    for (const one of this.#waiting) {
      if (!one.holds()) continue
      this.#waiting.delete(one)
      one.resolve()
    }
  }
}
