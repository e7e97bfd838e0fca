// A process that says which datagrams came through. Many sockets, so that none overflows.
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { firstPort, numberIn, ports } from '../datagram.mjs'

const quietMilliseconds = 25
const bufferBytes = 4 << 20

export class Receiver {
  #process = fork(import.meta.filename, ['receiver'], { execArgv: [] })
  #answer
  #ready

  constructor() {
    this.#ready = new Promise((resolve) => {
      this.#process.once('message', resolve)
    })
    this.#ready.then(() => this.#process.on('message', (message) => this.#answer?.(message)))
  }

  get ready() {
    return this.#ready
  }

  /** Numbers that came since the last time, once nothing more comes; `lost` counts what our own sockets had no room for. */
  take() {
    return new Promise((resolve) => {
      this.#answer = resolve
      this.#process.send('take')
    })
  }

  end() {
    this.#process.disconnect()
  }
}

/** What the kernel could not hand to the sockets of this namespace. */
const overflowed = () =>
  readFileSync('/proc/net/udp', 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/).at(-1)), 0)

if (process.argv[2] === 'receiver') {
  let numbers = []
  let timer
  let asked = false
  const answer = () => {
    if (!asked) return
    asked = false
    process.send({ numbers, lost: overflowed() })
    numbers = []
  }
  const wind = () => {
    clearTimeout(timer)
    timer = setTimeout(answer, quietMilliseconds)
  }
  const bound = Array.from({ length: ports }, (_, i) => {
    const socket = createSocket({ type: 'udp4', recvBufferSize: bufferBytes })
    socket.on('message', (message) => {
      const number = numberIn(message)
      if (number !== undefined) numbers.push(number)
      if (asked) wind()
    })
    return new Promise((resolve) => socket.bind(firstPort + i, '0.0.0.0', resolve))
  })
  process.on('message', () => {
    asked = true
    wind()
  })
  process.on('disconnect', () => process.exit(0))
  await Promise.all(bound)
  process.send('ready')
}
