import { appendFileSync } from 'node:fs'
import { numberIn } from '../datagram.mjs'
import { blockMilliseconds } from './block.mjs'

/** What a handler does with the packets that make it ill. */
const ills = {
  none: (packet) => packet.accept(),
  crash: () => {
    setImmediate(() => {
      throw new Error('attack: a worker dies')
    })
  },
  exit: () => process.exit(3),
  spin: () => {
    for (;;);
  },
  block: (packet) => {
    for (const end = performance.now() + blockMilliseconds; performance.now() < end; );
    packet.accept()
  },
  silent: (packet) => {
    packet.hold()
  },
  reject: () => Promise.reject(new Error('attack: a worker rejects')),
  throwsStrange: () => {
    setImmediate(() => {
      throw Symbol('attack')
    })
  },
}

/** A handler that is ill with every so many packets. `more` are other ills. */
export function handlerOf(ill, every, more = {}) {
  const act = { ...ills, ...more }[ill] ?? ills.none
  return (packet) => {
    const number = packet.payload && numberIn(packet.payload)
    return (number % every === 0 ? act : ills.none)(packet)
  }
}

/** Notes what crosses a transport, under the name of who has it. Written at once: a worker that dies has no time. */
export function witnessOf(log, worker) {
  const note = (...what) => appendFileSync(log, `${JSON.stringify([...what, worker])}\n`)
  return {
    busy() {},
    delivered: (queue, id, number) => note('delivered', queue, id, number),
    left: (queue, id, verdict) => note('left', queue, id, verdict),
  }
}
