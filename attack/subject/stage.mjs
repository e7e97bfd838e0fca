import { Random } from '../random.mjs'
import { Ledger } from './ledger.mjs'
import { Wanton } from './manners.mjs'
import { explain } from './oracle.mjs'
import { Stand } from './stand.mjs'
import { steps } from './steps.mjs'

/** Whatever is waited for has to settle within so much; a lost answer takes the library five seconds. */
const patience = 12_000
/** How much later than at its deadline a packet may be judged. */
const slack = 2_000

/** Runs one program about queues and says what cannot be explained. */
export class Stage {
  findings = []
  errands = []
  outages = []
  stands
  ledger
  world
  random
  #program
  #bounds = new Set()

  constructor(program, world) {
    this.#program = program
    this.world = world
    this.random = new Random(program.seed)
    this.ledger = new Ledger(() => performance.now())
    world.sleepInside = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
    this.stands = program.queues.map((plan) => new Stand(plan, this))
  }

  /** What the taps tell. */
  witness = {
    busy: () => this.world.activity++,
    delivered: (...what) => this.ledger.delivered(...what),
    left: (...what) => this.ledger.left(...what),
  }

  async run() {
    for (const { number } of this.stands) this.world.prepare(number)
    for (const stand of this.stands) await this.open(stand)
    for (const step of this.#program.steps) {
      await steps[step.do](this, this.stands[step.queue], step)
      this.#watchMemory()
    }
    await this.#recover()
    for (const stand of this.stands) if (stand.isOpen) await this.within('close', stand.close())
    await this.#end()
    return this.findings
  }

  async open(stand) {
    const shared = this.stands.find((other) => other !== stand && other.isOpen)
    const shares = this.#program.queues[this.stands.indexOf(stand)].shares
    await this.within('openQueue', stand.open(shares ? shared : undefined)).catch((error) => {
      stand.queue = undefined
      stand.life.ending = true
      this.find('a queue cannot be opened', error.message)
    })
  }

  get packets() {
    return this.ledger.sent.size
  }

  find(what, detail = '') {
    if (!this.findings.some((finding) => finding.what === what)) this.findings.push({ what, detail })
  }

  /** An error that reached the process: ours may, when a listener throws it. */
  uncaught(error) {
    if (!(error instanceof Wanton)) this.find('uncaught', String(error?.stack ?? error).slice(0, 600))
  }

  otherThan(number) {
    return this.stands.find((stand) => stand.number !== number && stand.isOpen)?.number ?? 99
  }

  /** Wait, but not for ever: a promise that does not settle is a finding, and gives `undefined`. */
  async within(what, promise) {
    const bound = this.bounded(what, promise)
    return bound
  }

  /** The same for a promise nobody waits for. */
  bounded(what, promise) {
    const entry = { what, settled: false }
    const done = () => {
      entry.settled = true
      this.#bounds.delete(entry)
    }
    this.#bounds.add(entry)
    promise.then(done, done)
    return this.settles(promise, patience).then((settled) => {
      if (settled) return promise
      this.find(`${what} does not settle`, `within ${patience} ms`)
      return undefined
    })
  }

  /** Whether a promise settles in time. Time passes meanwhile. */
  async settles(promise, milliseconds) {
    let settled = false
    const done = () => {
      settled = true
    }
    promise.then(done, done)
    await this.#until(() => settled, milliseconds)
    return settled
  }

  /** Resolves when a queue that ends has ended. */
  async settled(stand) {
    if (stand.queue) await this.settles(stand.queue.closed, patience)
  }

  async #until(condition, milliseconds) {
    for (let passed = 0; !condition() && passed <= milliseconds; passed += 5)
      await this.world.sleep(passed < 50 ? 1 : 5)
    return condition()
  }

  /** Everything works again: each packet that came is judged by its deadline. */
  async #recover() {
    for (const tap of this.outages) tap.errno = 0
    await Promise.all(this.errands)
    for (const stand of this.stands) if (stand.isOpen) stand.queue.resume()
    await this.world.sleep(20)
    for (const stand of this.stands) {
      if (!stand.isOpen) continue
      const { life } = stand
      const judged = () => this.ledger.waiting(life).length === 0
      if (await this.#until(judged, stand.deadline + slack)) continue
      const [first, ...more] = this.ledger.waiting(life)
      const told = first.told.map(({ verdict, who }) => `${JSON.stringify(verdict)} by ${who}`).join()
      this.find(
        'a packet waits past its deadline',
        `packet ${first.number} and ${more.length} more, ${Math.round(performance.now() - first.at)} ms after they came; told: ${told || 'nothing'}`,
      )
    }
  }

  async #end() {
    for (const stand of this.stands) {
      if (!stand.queue) continue
      if (!(await this.settles(stand.queue.closed, patience))) this.find('closed never resolves', stand.life.excuse)
      for (const life of this.ledger.lives) stand.account(life)
      stand.inspect()
      if (stand.tap.pinned > 0 && !stand.life.excuse)
        this.find('memory of packets is not given back', `${stand.tap.pinned} bytes`)
      const { trouble = 0 } = stand.life.events
      if (trouble > 60) this.find('a storm of trouble', `${trouble} events`)
    }
    for (const { what } of this.#bounds) this.find(`${what} does not settle`, 'when all is over')
    const passed = await this.world.passed()
    if (!this.world.blind)
      for (const { what, detail } of explain(this.ledger, passed, (number) => this.world.story(number)))
        this.find(what, detail)
    this.#compareCounts()
    await this.world.end()
  }

  /** What a queue counts as judged is what it has told the kernel. */
  #compareCounts() {
    const { lives, batches, verdictsLeft } = this.ledger
    if (batches > 0 || lives.some((life) => life.excuse || !life.stats)) return
    const counted = lives.flatMap(({ stats }) => Object.values(stats.verdicts)).reduce((a, b) => a + b, 0)
    if (counted !== verdictsLeft) this.find('a false count', `${counted} verdicts counted, ${verdictsLeft} sent`)
  }

  /** A packet that waits may keep twice its length and a kibibyte; bursts on their way have room for a few slabs. */
  #watchMemory() {
    for (const tap of new Set(this.stands.map((stand) => stand.tap).filter(Boolean))) {
      const waiting = this.ledger.deliveries.filter((one) => !one.left)
      const allowed = (13 << 20) + waiting.reduce((sum, { size }) => sum + 2 * size + 1024, 0)
      if (tap.pinned > allowed) this.find('memory is pinned', `${tap.pinned} bytes for ${waiting.length} packets`)
    }
  }
}
