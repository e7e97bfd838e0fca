import { rewrite } from '@nfkit/ip-codec'
import { datagram } from '../datagram.mjs'
import { fault, strange } from './fault.mjs'

const boom = () => {
  throw fault()
}
const thenable = (then) => Object.defineProperty({}, 'then', then)
const never = () => new Promise(() => {})
export const mark = 7

/**
 * What a handler does with a packet. `say(kind, …)` judges, and notes what the packet was told; what else is at hand: `sleep`, the
 * program's `step` to run something on the queue, `held` for those to be judged later, `random`.
 */
export const manners = {
  accept: ({ say }) => say('accept'),
  drop: ({ say }) => say('drop'),
  stop: ({ say }) => say('stop'),
  mark: ({ say }) => say('accept', { mark: 0x1234 }),
  connmark: ({ say }) => say('accept', { connmark: 5 }),
  repeat: ({ say }) => say('repeat', { mark }),
  requeue: ({ say, other }) => say('requeue', other),
  rewrite: ({ say, packet, number }) =>
    say('accept', { payload: rewrite(packet.ip, { payload: datagram(number, 40), ttl: 9 }) }),
  soon: async ({ say }) => {
    await null
    say('drop')
  },
  later: async ({ say, sleep, random }) => {
    await sleep(random.between(1, 40))
    say('accept')
  },
  muchLater: async ({ say, sleep }) => {
    await sleep(700)
    say('accept')
  },
  turnOn: ({ say, packet, after }) => {
    packet.hold()
    after(() => say('accept'))
  },
  judge: ({ say, random }) => say('judge', random.pick(['accept', 'drop'])),
  judgeUnwatched: ({ say }) => {
    say('judge', 'accept').catch(() => {})
  },
  judgeMarked: ({ say }) => say('judge', 'accept', { mark: 3 }),
  hold: ({ packet, held, say }) => {
    packet.hold()
    held.push(say)
  },
  holdForEver: ({ packet }) => packet.hold(),
  holdTwice: ({ packet, say }) => {
    packet.hold().hold()
    say('accept')
  },
  forget: () => {},
  returnNumber: () => 1,
  name: ({ named, random }) => named(random.pick(['accept', 'drop', 'stop'])),
  nameSoon: async ({ named }) => {
    await null
    return named('drop')
  },
  nameLater: async ({ named, sleep, random }) => {
    await sleep(random.between(1, 40))
    return named('accept')
  },
  returnNoVerdict: () => 'toString',
  copy: ({ packet, say }) => {
    const copy = packet.copy()
    try {
      copy.accept()
    } catch {}
    say('accept')
  },
  throw: () => {
    throw fault()
  },
  throwStrange: ({ random }) => {
    throw random.pick(strange)
  },
  throwAfter: ({ say }) => {
    say('accept')
    throw fault()
  },
  overflow: () => {
    const deeper = () => 1 + deeper()
    return deeper()
  },
  reject: () => Promise.reject(fault()),
  rejectStrange: ({ random }) => Promise.reject(random.pick(strange)),
  rejectLater: async ({ sleep, random }) => {
    await sleep(random.between(1, 20))
    throw fault()
  },
  rejectAfter: async ({ say }) => {
    say('drop')
    throw fault()
  },
  never,
  neverAfter: ({ say }) => {
    say('accept')
    return never()
  },
  twice: ({ say, packet }) => {
    say('accept')
    packet.drop()
  },
  thenThrows: () => thenable({ get: boom }),
  thenThrowsLater: () => {
    let looks = 0
    return thenable({ get: () => (looks++ > 0 ? boom() : () => {}) })
  },
  thenCallThrows: () => thenable({ value: boom }),
  thenTwice: () =>
    thenable({
      value: (resolve, reject) => {
        resolve()
        resolve()
        reject(fault())
      },
    }),
  thenFunction: () => Object.defineProperty(() => {}, 'then', { value: (resolve) => resolve() }),
  thenNever: () => thenable({ value: () => {} }),
  proxy: () =>
    new Proxy(
      {},
      {
        get() {
          throw fault()
        },
      },
    ),
  badMark: ({ say }) => say('accept', { mark: -1 }),
  badPayload: ({ say }) => say('accept', { payload: new Uint8Array(3) }),
  badVerdict: ({ packet }) => packet.judge('toString'),
  badQueue: ({ say }) => say('requeue', 70_000),
  getterThrows: ({ say }) =>
    say('accept', {
      get mark() {
        throw fault()
      },
    }),
  readAfter: ({ say, packet }) => {
    say('accept')
    return packet.payload
  },
  through: ({ queue, packet, saidThrough }) => {
    queue.judgeThrough(packet, 'accept')
    saidThrough('accept')
  },
  pauseInside: ({ queue, say, after }) => {
    queue.pause()
    after(() => queue.resume())
    say('accept')
  },
  configureInside: ({ queue, say }) => {
    queue.configure({ maxLength: 512 }).catch(() => {})
    say('accept')
  },
  closeThenHold: ({ close, packet }) => {
    close()
    packet.hold()
  },
  closeThenWait: async ({ close, sleep, say }) => {
    close()
    await sleep(30)
    say('accept')
  },
  closeThenAccept: ({ close, say }) => {
    close()
    say('accept')
  },
  acceptThenClose: ({ close, say }) => {
    say('accept')
    close()
  },
  abortInside: ({ abort, packet }) => {
    abort()
    packet.hold()
  },
}

/** Those that end the queue; rare, for little happens after them. */
export const ending = ['closeThenHold', 'closeThenWait', 'closeThenAccept', 'acceptThenClose', 'abortInside']
