import { getEventListeners } from 'node:events'
import { openQueue, VerdictError } from '@nfkit/nfqueue'
import { numberIn } from '../datagram.mjs'
import { account } from './account.mjs'
import { fault } from './fault.mjs'
import { flows } from './flows.mjs'
import { ending, manners } from './manners.mjs'
import { Tap } from './tap.mjs'

/** What is read in place of the kernel's table of queues. */
const tables = { usual: undefined, nonsense: () => 'no table\n7 x\n', throws: throwing }

/** What may judge a packet between its handler's return and its name being read. */
const overtaking = ['through', ...ending]

/** One queue of a program, from opening to closing and again: its options, its handler, and what it is heard to say. */
export class Stand {
  queue
  life
  tap
  held = []
  controller
  #plan
  #stage

  constructor(plan, stage) {
    this.#plan = plan
    this.#stage = stage
  }

  get number() {
    return this.#plan.number
  }
  get deadline() {
    return this.#plan.options.deadlineMilliseconds
  }
  /** Whether one packet's handler may judge another packet: then a verdict of that one's own is a second one, and throws. */
  get #judgesThrough() {
    return this.#plan.manners.includes('through')
  }
  /** Whether its handler changes settings, too. */
  get handlerConfigures() {
    return this.#plan.manners.includes('configureInside')
  }

  /** Whether it can see the kernel's table of queues. */
  get readsTable() {
    return this.#plan.table === 'usual'
  }
  get isOpen() {
    return this.queue !== undefined && !this.life.ending
  }

  /** Open it, on the socket of another stand where it shares one. */
  async open(sharedWith) {
    const { world, ledger } = this.#stage
    const { number, options, signal, table } = this.#plan
    if (sharedWith?.isOpen && !sharedWith.tap.closed) {
      this.tap = sharedWith.tap
      this.inject = sharedWith.inject
      this.transport = sharedWith.transport
    } else {
      const { transport, inject } = world.transport()
      this.tap = new Tap(transport, this.#stage.witness, tables[table])
      this.inject = inject
      this.transport = this.tap.transport
    }
    this.life = ledger.begin(number, `queue ${number}`)
    this.life.shares = sharedWith !== undefined
    this.held = []
    this.controller = signal ? new AbortController() : undefined
    this.queue = await openQueue(this.transport, {
      ...options,
      number,
      flows: flows[this.#plan.flows],
      ...(!('procNet' in this.transport) && { queueTable: tables[table] ?? world.queueTable }),
      signal: this.controller?.signal,
    })
    this.life.queue = this.queue
    this.life.failOpen = options.failOpen
    this.#listen()
    this.#take()
  }

  /** Close it; resolves when it is closed. */
  close() {
    this.#ends()
    const closed = this.queue.close()
    this.#stage.trial.watch(`close of queue ${this.number}`, closed)
    return closed.then(
      () => {},
      (error) => this.#stage.trial.find('close rejects', String(error?.message)),
    )
  }

  abort() {
    if (!this.controller) return
    this.#ends()
    this.controller.abort(fault())
    this.#stage.trial.watch(`closing of queue ${this.number} by its signal`, this.queue.closed)
  }

  /** After closing: does anything remember the queue that should not? */
  inspect() {
    if (this.controller && getEventListeners(this.controller.signal, 'abort').length > 0)
      this.#stage.trial.find('a listener is left on the signal', `queue ${this.number}`)
  }

  #ends() {
    account(this.life, this.#stage.trial)
    this.life.ending = true
  }

  #listen() {
    const { queue, life } = this
    if (this.#plan.listeners === 'none') life.excuse = 'nobody listens'
    if (life.excuse) return
    const { ledger } = this.#stage
    const hear = (event, then) =>
      queue.on(event, (what) => {
        life.count(event)
        then?.(what)
        if (this.#plan.listeners === 'throw') throw fault()
        if (this.#plan.listeners === 'reenter' && life.events[event] < 5) account(this.life, this.#stage.trial)
      })
    hear('unjudged', ({ packetId, verdict, reason }) => ledger.tell(life, packetId, verdict, reason))
    hear('verdictError', ({ packetId }) => ledger.refuse(life, packetId))
    hear('lateVerdict', ({ packetId }) => ledger.tooLate(life, packetId))
    hear('lost', ({ packets, where }) => {
      life.heard ??= { socket: 0, queue: 0 }
      life.heard[where] += packets
      life.told[where] = Math.max(life.told[where], life.heard[where])
    })
    hear('passed', ({ packets }) => {
      life.heardPassed = (life.heardPassed ?? 0) + packets
      life.told.passed = Math.max(life.told.passed, life.heardPassed)
    })
    hear('warning', (text) => {
      if (/pass/i.test(text)) life.mayPass = true
    })
    hear('handlerError')
    hear('trouble')
  }

  #take() {
    const { queue } = this
    const { take, limit } = this.#plan
    const handler = (packet) => this.#handle(queue, packet)
    const consumers = {
      run: () => queue.run(handler, { concurrency: limit }),
      iterate: async () => {
        for await (const packet of queue) this.#contain(handler, packet)
      },
      batches: async () => {
        for await (const batch of queue.batches(limit)) for (const packet of batch) this.#contain(handler, packet)
      },
    }
    consumers[take]().catch((error) =>
      this.#stage.trial.find('taking packets ended with an error', String(error?.message)),
    )
  }

  /** A loop survives what its body throws. */
  #contain(handler, packet) {
    if (packet.judged) return
    try {
      const result = handler(packet)
      if (result instanceof Promise) result.catch(() => {})
    } catch {}
  }

  #handle(queue, packet) {
    const { ledger, random, world } = this.#stage
    const { life } = this
    const number = packet.payload && numberIn(packet.payload)
    const say = (kind, ...args) => {
      const verdict = kind === 'requeue' ? { queue: args[0] } : kind
      const result = packet[kind](...args)
      if (kind !== 'judge') {
        ledger.tell(life, packet.id, verdict, 'the handler')
        return undefined
      }
      this.#stage.trial.watch('judge', result)
      return result.then(
        () => ledger.tell(life, packet.id, args[0], 'the handler, acknowledged'),
        (error) => {
          if (error instanceof VerdictError) ledger.refuse(life, packet.id)
          else ledger.unsure(life, packet.id)
          throw error
        },
      )
    }
    // A name is taken from who handles packets, and nobody else; one that comes after the queue's own verdict is no verdict.
    const named = (verdict) => {
      if (this.#plan.take !== 'run' || this.#plan.manners.some((one) => overtaking.includes(one))) return say(verdict)
      if (!packet.judged) ledger.tell(life, packet.id, verdict, 'the handler, by name')
      return verdict
    }
    const name = random.chance(this.#plan.calm) ? 'accept' : random.pick(this.#plan.manners)
    return manners[name]({
      packet,
      number,
      queue,
      random,
      say,
      named,
      held: this.held,
      other: this.#stage.otherThan(this.number),
      sleep: (milliseconds) => world.sleepInside(milliseconds),
      after: (run) => setTimeout(() => (this.#judgesThrough ? attempt(run) : run()), 5),
      saidThrough: (verdict) => ledger.tellThrough(life, packet.id, verdict),
      close: () => {
        if (!life.ending) this.close()
      },
      abort: () => this.abort(),
    })
  }
}

function attempt(run) {
  try {
    run()
  } catch {}
}

function throwing() {
  throw fault()
}
