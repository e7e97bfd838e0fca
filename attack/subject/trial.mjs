import { Wanton } from './fault.mjs'

/** Whatever is waited for has to settle within so much; a lost answer takes the library five seconds. */
export const patience = 12_000

/** What goes wrong with one program, and the waiting that never lasts for ever. */
export class Trial {
  findings = []
  #world
  #waits = new Set()

  constructor(world) {
    this.#world = world
  }

  /** Something that cannot be explained; each kind is told once. */
  find(what, detail = '') {
    if (!this.findings.some((finding) => finding.what === what)) this.findings.push({ what, detail })
  }

  /** An error that reached the process: ours may, when a listener throws it. */
  uncaught(error) {
    if (!(error instanceof Wanton)) this.find('uncaught', String(error?.stack ?? error).slice(0, 600))
  }

  /** The result of a promise; a finding, and `undefined`, when it does not settle. */
  async within(what, promise, milliseconds = patience) {
    this.watch(what, promise)
    if (await this.settles(promise, milliseconds)) return promise
    this.find(`${what} does not settle`, `within ${milliseconds} ms`)
    return undefined
  }

  /** A promise nobody waits for now: it has to have settled when the program is over. */
  watch(what, promise) {
    const entry = { what }
    const done = () => this.#waits.delete(entry)
    this.#waits.add(entry)
    promise.then(done, done)
  }

  /** Whether a promise settles in time. Time passes meanwhile. */
  async settles(promise, milliseconds) {
    let settled = false
    const done = () => {
      settled = true
    }
    promise.then(done, done)
    return this.until(() => settled, milliseconds)
  }

  async until(condition, milliseconds) {
    for (const start = performance.now(); !condition() && performance.now() - start <= milliseconds; )
      await this.#world.sleep(performance.now() - start < 50 ? 1 : 5)
    return condition()
  }

  /** All is over: what was watched has settled. */
  async end() {
    await this.until(() => this.#waits.size === 0, patience)
    for (const { what } of this.#waits) this.find(`${what} does not settle`, 'and all is over')
  }
}
