// A process that sends UDP datagrams when told to: it must not share an event loop with the queue it floods.
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import { datagram, portOf } from '../attack/datagram.mjs'

/**
 * One sender; `send(count)` resolves to how many the kernel took. With `first` the datagrams are numbered from there; with `pause` it
 * waits a millisecond after each sixteen.
 */
export class Sender {
  #process = fork(import.meta.filename, ['sender'], { execArgv: [] })
  #answers = []

  constructor() {
    this.#process.on('message', (sent) => this.#answers.shift()?.(sent))
  }

  send(count, { sizes = [64], hosts = ['127.0.0.1'], first, pause = false } = {}) {
    return new Promise((resolve) => {
      this.#answers.push(resolve)
      this.#process.send({ count, sizes, hosts, first, pause })
    })
  }

  end() {
    this.#process.disconnect()
  }
}

if (process.argv[2] === 'sender') {
  const sockets = { 4: createSocket('udp4'), 6: createSocket('udp6') }
  let turn = 0
  process.on('message', async ({ count, sizes, hosts, first, pause }) => {
    let sent = 0
    let left = count
    const done = (error) => {
      if (!error) sent++
      if (--left === 0) process.send(sent)
    }
    for (let i = 0; i < count; i++) {
      const host = hosts[turn % hosts.length]
      const size = sizes[turn++ % sizes.length]
      const numbered = first !== undefined
      const payload = numbered ? datagram(first + i, size) : Buffer.alloc(size, turn & 0xff)
      sockets[host.includes(':') ? 6 : 4].send(payload, numbered ? portOf(first + i) : 9999, host, done)
      if (pause && i % 16 === 15) await sleep(1)
    }
  })
  process.on('disconnect', () => process.exit(0))
}
