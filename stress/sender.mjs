// A process that sends UDP datagrams when told to: it must not share an event loop with the queue it floods.
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'

/** One sender; `send(count, sizes)` resolves to how many the kernel took. */
export class Sender {
  #process = fork(import.meta.filename, ['sender'], { execArgv: [] })
  #answers = []

  constructor() {
    this.#process.on('message', (sent) => this.#answers.shift()?.(sent))
  }

  send(count, { sizes = [64], hosts = ['127.0.0.1'] } = {}) {
    return new Promise((resolve) => {
      this.#answers.push(resolve)
      this.#process.send({ count, sizes, hosts })
    })
  }

  end() {
    this.#process.disconnect()
  }
}

if (process.argv[2] === 'sender') {
  const sockets = { 4: createSocket('udp4'), 6: createSocket('udp6') }
  let turn = 0
  process.on('message', ({ count, sizes, hosts }) => {
    let sent = 0
    let left = count
    const done = (error) => {
      if (!error) sent++
      if (--left === 0) process.send(sent)
    }
    for (let i = 0; i < count; i++) {
      const host = hosts[turn % hosts.length]
      const payload = Buffer.alloc(sizes[turn++ % sizes.length], turn & 0xff)
      sockets[host.includes(':') ? 6 : 4].send(payload, 9999, host, done)
    }
  })
  process.on('disconnect', () => process.exit(0))
}
