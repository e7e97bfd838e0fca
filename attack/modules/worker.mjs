// The module of a pool under attack: `?ill=…&every=…` in its URL says what ails it, `log` where it notes what it sees.
import { appendFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { openMnl } from '@nfkit/mnl-native'
import { numberIn } from '../datagram.mjs'
import { Tap } from '../subject/tap.mjs'
import { blockMilliseconds } from './block.mjs'

const given = new URL(import.meta.url).searchParams
const ill = given.get('ill')
const every = Number(given.get('every'))

// Written at once: a worker that dies has no time.
const note = (...what) => appendFileSync(given.get('log'), `${JSON.stringify(what)}\n`)
const witness = {
  busy() {},
  delivered: (queue, id, number) => note('delivered', queue, id, number),
  left: (queue, id, verdict) => note('left', queue, id, verdict),
}

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
  noise: (packet) => {
    parentPort.postMessage(null)
    parentPort.postMessage('attack')
    packet.accept()
  },
}

if (ill === 'timer') setInterval(() => {}, 1_000)
if (ill === 'failsToLoad') throw new Error('attack: no module')
if (ill === 'neverLoads') await new Promise((resolve) => setTimeout(resolve, 2 ** 30))

export const transport = () => new Tap(openMnl(), witness).transport
export const options = {
  conntrack: 'off',
  onUnjudged: given.get('onUnjudged'),
  deadlineMilliseconds: Number(given.get('deadline')),
}

export default (packet) => {
  const number = packet.payload && numberIn(packet.payload)
  const act = number % every === 0 ? ills[ill] : undefined
  return (act ?? ills.none)(packet)
}
