import { connect } from 'node:net'

const refusals = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'EACCES', 'ECONNRESET', 'ECONNABORTED'])

/** Connect, say something, hear it back, and close: `passed`, `refused`, or `silent` when that takes too long. */
export function dial(host, port, milliseconds) {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const end = (outcome) => {
      clearTimeout(late)
      if (outcome === 'passed') socket.end()
      else socket.destroy()
      resolve(outcome)
    }
    const late = setTimeout(() => end('silent'), milliseconds)
    socket.once('connect', () => socket.write('hello'))
    socket.once('data', () => end('passed'))
    socket.once('error', ({ code }) => end(refusals.has(code) ? 'refused' : code))
  })
}

/** How long an echo may take before a line counts as broken. */
const patience = 110_000

/** A connection that lasts, and says something five times a second. */
export class Line {
  said = 0
  /** Whether its end is no failure: what it goes to is about to be closed, or is. */
  mayBreak = false
  #host
  #port
  #fail
  #socket
  #timer
  #waiting = 0
  #brokenOff

  constructor(host, port, fail) {
    this.#host = host
    this.#port = port
    this.#fail = fail
  }

  /** Resolves when it is there. */
  async open() {
    if (this.#socket) return
    const socket = connect({ host: this.#host, port: this.#port })
    this.#socket = socket
    const name = `${this.#host}:${this.#port}`
    socket.on('error', () => {})
    socket.on('data', (data) => {
      this.said += data.length
      this.#waiting = performance.now()
    })
    socket.on('close', () => {
      clearInterval(this.#timer)
      this.#socket = undefined
      if (!this.mayBreak) this.#fail(`a connection to ${name} that must last has ended`)
      this.#brokenOff?.()
    })
    await new Promise((resolve) => {
      socket.once('connect', resolve)
      socket.once('close', resolve)
    })
    this.#waiting = performance.now()
    this.#timer = setInterval(() => {
      socket.write('.')
      if (performance.now() - this.#waiting > patience) this.#fail(`a connection to ${name} is silent`)
    }, 200)
  }

  /** Resolves when it has been broken off; fails where it goes on. */
  async mustBreak() {
    if (!this.#socket) return
    const broken = new Promise((resolve) => {
      this.#brokenOff = resolve
    })
    const before = this.said
    const late = setTimeout(() => {
      this.#fail(`a connection to ${this.#host}:${this.#port} goes on that is not to (${this.said - before} echoes)`)
      this.close()
    }, patience)
    await broken
    clearTimeout(late)
  }

  close() {
    this.mayBreak = true
    this.#socket?.destroy()
  }
}
