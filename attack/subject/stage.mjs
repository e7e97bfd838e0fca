import { Random } from '../random.mjs'
import { account } from './account.mjs'
import { Ledger } from './ledger.mjs'
import { explain } from './oracle.mjs'
import { Stand } from './stand.mjs'
import { steps } from './steps.mjs'
import { patience } from './trial.mjs'

/** Bytes that may be lent for a while, whatever waits: the four slabs a thread's leases keep, and the one that is being read into. */
const slabs = 5 * (4 << 20)
/** How much later than at its deadline a packet may be judged. */
const slack = 2_000

/** Runs one program about queues and says what cannot be explained. */
export class Stage {
  errands = []
  outages = []
  /** Codes or names of errors with which opening may be refused: a fault may take or damage the kernel's answer, or sending fails on a socket that is shared. */
  refusals = new Set()
  stands
  ledger
  world
  trial
  random
  #program

  constructor(program, world, trial) {
    this.#program = program
    this.world = world
    this.trial = trial
    this.random = new Random(program.seed)
    this.ledger = new Ledger(() => performance.now())
    world.sleepInside = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
    // What waits may fill a small buffer, and with it the answer's room.
    if (program.queues.some(({ options }) => options.receiveBuffer)) this.refusals.add('ETIMEDOUT')
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
    for (const stand of this.stands) if (stand.isOpen) await this.trial.within('close', stand.close())
    await this.#end()
    return this.ledger.sent.size
  }

  async open(stand) {
    const shared = this.stands.find((other) => other !== stand && other.isOpen)
    const shares = this.#program.queues[this.stands.indexOf(stand)].shares
    await this.trial.within('openQueue', stand.open(shares ? shared : undefined)).catch((error) => {
      stand.queue = undefined
      if (stand.life) stand.life.ending = true
      if (this.refusals.has(error.code ?? error.name)) return
      this.trial.find('a queue cannot be opened', error.message)
    })
  }

  otherThan(number) {
    return this.stands.find((stand) => stand.number !== number && stand.isOpen)?.number ?? 99
  }

  /** Resolves when a queue that ends has ended. */
  async settled(stand) {
    if (stand.queue) await this.trial.settles(stand.queue.closed, patience)
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
      // Packets may come late, where the queue takes no more at once; from then on they have their deadline.
      const oldest = () => Math.min(...this.ledger.waiting(life).map(({ at }) => at))
      const over = () => performance.now() - oldest() > stand.deadline + slack
      await this.trial.until(() => this.ledger.waiting(life).length === 0 || over(), 60_000)
      if (!over()) continue
      const [first, ...more] = this.ledger.waiting(life)
      const told = first.told.map(({ verdict, who }) => `${JSON.stringify(verdict)} by ${who}`).join()
      this.trial.find(
        'a packet waits past its deadline',
        `packet ${first.number} and ${more.length} more, ${Math.round(performance.now() - first.at)} ms after they came; told: ${told || 'nothing'}`,
      )
    }
  }

  async #end() {
    for (const stand of this.stands) {
      if (!stand.queue) continue
      if (!(await this.trial.settles(stand.queue.closed, patience)))
        this.trial.find('closed never resolves', stand.life.excuse)
      for (const life of this.ledger.lives) account(life, this.trial)
      stand.inspect()
      const { trouble = 0 } = stand.life.events
      // Once a second at most, of each kind.
      if (trouble > 60) this.trial.find('a storm of trouble', `${trouble} events`)
    }
    await this.trial.end()
    const passed = await this.world.passed()
    if (!this.world.blind)
      for (const { what, detail } of explain(this.ledger, passed, (number) => this.world.story(number)))
        this.trial.find(what, detail)
    this.#compareCounts()
    await this.world.end()
  }

  /** What a queue counts as judged is what it has told the kernel. */
  #compareCounts() {
    const { lives, batches, verdictsLeft } = this.ledger
    if (batches > 0 || lives.some((life) => life.excuse || !life.stats)) return
    const counted = lives.flatMap(({ stats }) => Object.values(stats.verdicts)).reduce((a, b) => a + b, 0)
    if (counted !== verdictsLeft) this.trial.find('a false count', `${counted} verdicts counted, ${verdictsLeft} sent`)
  }

  /** A packet that waits may keep twice its length and a kibibyte; bursts on their way have room for a few slabs. */
  #watchMemory() {
    for (const tap of new Set(this.stands.map((stand) => stand.tap).filter(Boolean))) {
      if (tap.pinned < slabs) continue
      globalThis.gc()
      const waiting = this.ledger.deliveries.filter((one) => !one.left)
      const allowed = slabs + waiting.reduce((sum, { size }) => sum + 2 * size + 1024, 0)
      if (tap.pinned > allowed) this.trial.find('memory is pinned', `${tap.pinned} bytes for ${waiting.length} packets`)
    }
  }
}
