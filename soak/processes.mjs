import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The file of a program. */
export const programOf = (name) => join(import.meta.dirname, 'hosts', `${name}.mjs`)

/** A program on one of the hosts, which answers what it is asked. `fail` is told what it finds wrong. */
export class HostProgram {
  #child
  #waiting = new Map()
  #id = 0

  static async start(name, host, args, fail) {
    const program = new HostProgram()
    const execArgv = [`--net=${host.netns}`, process.execPath]
    program.#child = fork(programOf(name), args.map(String), { execPath: 'nsenter', execArgv })
    await once(program.#child, 'message')
    program.#child.on('message', (message) => {
      if (message.failure) fail(`${name}: ${message.failure}`)
      else program.#waiting.get(message.id)?.(message.answer ?? message)
    })
    program.#child.on(
      'exit',
      (code, signal) => code === 0 || program.#hasEnded || fail(`the ${name} has ended: ${code ?? signal}`),
    )
    return program
  }

  #hasEnded = false

  ask(command, more = {}) {
    const id = command === undefined ? undefined : ++this.#id
    return new Promise((resolve) => {
      this.#waiting.set(id, (answer) => {
        this.#waiting.delete(id)
        resolve(answer)
      })
      this.#child.send({ id, command, ...more })
    })
  }

  async end() {
    this.#hasEnded = true
    const ended = once(this.#child, 'exit')
    this.#child.disconnect()
    await ended
  }
}

/** Processes of this pid namespace that are there, but for those that are known. */
export function otherProcesses(known) {
  const out = []
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && !known.has(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      if (!/^State:\s+Z/m.test(status))
        out.push(`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`)
    } catch {
      // It has ended meanwhile.
    }
  }
  return out
}
