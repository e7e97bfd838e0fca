import { openQueue } from '@nfkit/nfqueue'
import { account } from './account.mjs'
import { starvations } from './starvations.mjs'

/** How a request may fail after a fault: the kernel's answer does not come, or makes no sense. */
const failures = {
  'lost answer': ['ETIMEDOUT'],
  overrun: ['ETIMEDOUT'],
  'truncated datagram': ['ETIMEDOUT', 'DecodeError'],
  'damaged datagram': ['ETIMEDOUT', 'DecodeError'],
}

/** What a program can do, by name; see `programs/queue.mjs` for the arguments. */
export const steps = {
  async send(stage, stand, { count, size, pause, wait }) {
    const { world, ledger } = stage
    const { life } = stand
    const sending = world.send({ queue: stand.number, count, size, pause }).then((first) => {
      ledger.send(first, count, stand.queue && life, size)
    })
    stage.errands.push(sending)
    if (wait) await sending
  },
  sleep: ({ world }, _, { milliseconds }) => world.sleep(milliseconds),
  pause: (_, stand) => stand.queue?.pause(),
  resume: (_, stand) => stand.queue?.resume(),
  judgeHeld(_, stand) {
    for (const say of stand.held.splice(0)) {
      try {
        say('accept')
      } catch {}
    }
  },
  stats: ({ trial }, { life }) => account(life, trial),
  busy: ({ world }, _, { milliseconds }) => world.busy(milliseconds),

  /** There is no memory for bursts, or no descriptor left; packets come meanwhile. */
  async starve(stage, stand, { what, milliseconds }) {
    const release = starvations[what]()
    const { world, ledger } = stage
    const { life } = stand
    try {
      const first = await world.send({ queue: stand.number, count: 50, size: 500, pause: false })
      ledger.send(first, 50, stand.queue && life, 500)
      await world.sleep(milliseconds)
    } finally {
      release()
    }
    await world.sleep(20)
  },

  configure: (stage, stand, { settings }) => configured(stage, stand, [settings]),
  configureTwice: (stage, stand, { settings, more }) => configured(stage, stand, [settings, more]),

  /** For a while nothing can be sent. */
  async outage(stage, stand, { code, milliseconds }) {
    const { tap } = stand
    if (!tap || stand.life.ending) return
    const before = tap.attempts
    const waiting = stage.ledger.deliveries.length
    tap.errno = code
    stage.outages.push(tap)
    await stage.world.sleep(milliseconds)
    const attempts = tap.attempts - before
    const packets = stage.ledger.deliveries.length - waiting
    if (attempts > 50 + packets + milliseconds) {
      stage.trial.find(
        'a storm of sends',
        `${attempts} in ${milliseconds} ms while none can succeed, ${packets} packets came`,
      )
    }
    tap.errno = 0
  },
  fault(stage, stand, { fault }) {
    if (!stand.isOpen) return
    const { ledger } = stage
    for (const failure of failures[fault.kind] ?? []) stage.refusals.add(failure)
    if (fault.kind === 'send error') stage.refusals.add(fault.code)
    ledger.allowance += { 'reordered messages': 128, 'read error': 0, 'send error': 0 }[fault.kind] ?? 2
    stand.inject(fault)
  },

  async close(stage, stand, { wait }) {
    if (!stand.isOpen) return
    const closed = stand.close()
    if (wait) await stage.trial.within('close', closed)
  },
  async reopen(stage, stand) {
    if (stand.isOpen) await stage.trial.within('close', stand.close())
    await stage.settled(stand)
    await stage.open(stand)
  },
  abort(_, stand) {
    if (stand.isOpen) stand.abort()
  },
  /** A signal that aborts while the queue is being opened: no queue, or one that closes. */
  async openAborted(stage, stand) {
    const { world } = stage
    const controller = new AbortController()
    const number = stand.number + 50
    const opening = openQueue(world.transport().transport, { number, conntrack: 'off', signal: controller.signal })
    controller.abort()
    const queue = await stage.trial.within(
      'opening that is aborted',
      opening.catch(() => undefined),
    )
    if (!queue) return
    if (!(await stage.trial.settles(queue.closed, 1_500))) {
      stage.trial.find('open although its signal aborted', `queue ${number}`)
      await queue.close()
    }
  },
  async openOwned(stage, stand) {
    if (!stand.isOpen) return
    const { transport } = stage.world.transport()
    const opening = openQueue(transport, { number: stand.number, conntrack: 'off' })
    const error = await stage.trial.within(
      'opening an owned queue',
      opening.then(
        () => undefined,
        (reason) => reason,
      ),
    )
    if (error?.reason !== 'owned') stage.trial.find('owned, and not refused as such', String(error))
  },
  async openWrong(stage, stand, { wrong }) {
    const { transport } = stage.world.transport()
    const opening = openQueue(transport, { number: stand.number + 50, conntrack: 'off', ...wrong })
    const queue = await stage.trial.within(
      'opening with a wrong option',
      opening.catch(() => undefined),
    )
    if (!queue) return
    stage.trial.find('a wrong option is taken', JSON.stringify(wrong))
    await stage.trial.within('close', queue.close())
  },
  /** Its owner closes the socket under the queue: the queue ends. */
  async closeTransport(stage, stand) {
    if (!stand.isOpen) return
    for (const { life, tap } of stage.stands)
      if (tap === stand.tap) Object.assign(life, { ending: true, excuse: 'closed' })
    stand.tap.closed = true
    stand.transport.close()
  },
}

/** Change settings at once; all that was promised is in force then. */
async function configured(stage, stand, changes) {
  if (!stand.isOpen) return
  const { queue, life } = stand
  life.renames ||= !stand.readsTable && changes.some(({ failOpen }) => failOpen !== undefined)
  const done = await stage.trial.within(
    'configure',
    Promise.allSettled(changes.map((settings) => queue.configure(settings))),
  )
  if (!done || life.ending) return
  const { maxLength, ...others } = Object.assign({}, ...changes.filter((_, i) => done[i].status === 'fulfilled'))
  // A handler may have changed it meanwhile.
  const promised = stand.handlerConfigures || maxLength === undefined ? others : { ...others, maxLength }
  if (promised.failOpen) life.failOpen = true
  for (const [name, value] of Object.entries(promised)) {
    if (queue.settings[name] !== value)
      stage.trial.find('a setting is not what was promised', `${name}: ${queue.settings[name]} instead of ${value}`)
  }
}
