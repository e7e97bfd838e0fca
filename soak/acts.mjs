import { setTimeout as sleep } from 'node:timers/promises'
import { networks } from './bed.mjs'
import { listable } from './fates.mjs'

/** Workers that crash sooner after one another are taken to die of a packet: what waits is not judged by the next one. */
const betweenKills = 12_000
/** Addresses and networks that come and go, and that nothing is sent to: two heaps of them. */
const othersOf = (heap) => [
  ...Array.from({ length: 256 }, (_, i) => `192.0.${2 + heap}.${i}`),
  ...Array.from({ length: 64 }, (_, i) => `203.${heap}.${i}.0/24`),
]

/** What is done to the gates, one after another; each resolves when all must be as it should be again. */
export class Acts {
  #stage
  #serial = 0
  #closed = false
  #blocked = new Set()
  #killed = Number.NEGATIVE_INFINITY
  #round = 0
  counts = {}

  /** `stage`: gates, author, broker, client, and `random`. */
  constructor(stage) {
    this.#stage = stage
  }

  /** One of them, as chance will have it. */
  async some() {
    const acts = ['policy', 'policy', 'list', 'list', 'replace', 'replace', 'broker', 'kill']
    const act = this.#stage.random.pick(acts)
    if (act === 'kill' && performance.now() - this.#killed < betweenKills) return
    this.counts[act] = (this.counts[act] ?? 0) + 1
    await this[act]()
  }

  /** The whole policy goes to all gates, which judge everything again. */
  async policy() {
    const { client } = this.#stage
    this.#closed = !this.#closed
    await client.ask('expect', { expect: { moving: 'unknown' } })
    await this.#say()
    await client.ask('expect', { expect: { moving: this.#closed ? 'refused' : 'passed' } })
  }

  /** Addresses come onto the list of all gates, and others go. */
  async list() {
    const { client, author, random } = this.#stage
    await client.ask('expect', { expect: { listed: 'unknown' } })
    const hosts = Array.from({ length: listable }, (_, i) => `${networks.listed}.0.${i}`)
    const come = hosts.filter((host) => !this.#blocked.has(host) && random.below(8) === 0)
    const gone = hosts.filter((host) => this.#blocked.has(host) && random.below(4) === 0)
    this.#round++
    const others = othersOf(this.#round & 1)
    await author.block([...come, ...others])
    if (gone.length > 0) await author.unlist(gone)
    for (const host of come) this.#blocked.add(host)
    for (const host of gone) this.#blocked.delete(host)
    if (this.#round % 2 === 0) await author.unlist(others)
    if (this.#round % 8 === 0) await author.snapshot()
    await this.#say()
    await client.ask('blocked', { hosts: [...this.#blocked] })
    await client.ask('expect', { expect: { listed: 'by list' } })
  }

  /** The program of the first gate is started anew, and takes over. */
  async replace() {
    await this.#stage.gates.supervisor.replace()
  }

  /** The worker of the first gate dies. */
  async kill() {
    this.#killed = performance.now()
    await this.#stage.gates.killWorker()
  }

  /** The broker dies, and comes back; what is said meanwhile waits. */
  async broker() {
    const { broker, random } = this.#stage
    await broker.kill()
    const saying = this.policy()
    await sleep(random.below(1_000))
    await broker.start()
    await saying
  }

  async #say() {
    const { author, gates } = this.#stage
    const serial = ++this.#serial
    await author.policy('rules', { serial, closed: this.#closed })
    await gates.applied(serial)
  }
}
