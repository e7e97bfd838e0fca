/** Verdicts that let a packet pass, as far as our rules go: `repeat` comes with a mark the rule does not match. */
export const passing = { accept: true, stop: true, repeat: true, drop: false }

/** One queue between opening and closing. */
export class Life {
  /** Since when it is not expected to take packets any more. */
  ending = false
  /** Why losses of this life need no telling, where that is so. */
  excuse
  told = { socket: 0, queue: 0, passed: 0 }
  saidLost = 0
  mayPass = false
  /** Whether gaps may be named by settings that came later: `failOpen` has changed, and nobody could read how far it counted. */
  renames = false
  late = 0
  events = {}

  constructor(number, name) {
    this.number = number
    this.name = name
  }

  count(event) {
    this.events[event] = (this.events[event] ?? 0) + 1
  }
}

/** Everything that was seen and said of a program's packets. */
export class Ledger {
  /** Packets by number: when they were sent, to which life. */
  sent = new Map()
  deliveries = []
  /** Deliveries by life and id. */
  #byId = new Map()
  #lives = new Map()
  lives = []
  /** Verdicts that left, batches apart. */
  verdictsLeft = 0
  batches = 0
  /** What faults may have hidden. */
  allowance = 0
  #now

  constructor(now) {
    this.#now = now
  }

  /** A queue with this number begins. */
  begin(number, name) {
    const life = new Life(number, name)
    this.#lives.set(number, life)
    this.lives.push(life)
    return life
  }

  life(number) {
    return this.#lives.get(number)
  }

  send(first, count, life, size) {
    for (let number = first; number < first + count; number++)
      this.sent.set(number, { life, size, excused: !life || life.ending })
  }

  delivered(queue, id, number, size) {
    const life = this.#lives.get(queue)
    const delivery = { life, queue, id, number, size, at: this.#now(), left: undefined, told: [], refused: false }
    this.deliveries.push(delivery)
    this.#byId.set(`${queue}/${this.lives.indexOf(life)}/${id}`, delivery)
  }

  left(queue, id, verdict, batch) {
    const life = this.#lives.get(queue)
    if (!batch) this.verdictsLeft++
    else this.batches++
    const judged = batch
      ? this.deliveries.filter((one) => one.life === life && !one.left && ((one.id - id) | 0) <= 0)
      : [this.#at(life, id)]
    for (const delivery of judged) if (delivery) delivery.left ??= { verdict, batch, at: this.#now() }
  }

  /** Somebody said what became of a packet. */
  tell(life, id, verdict, who) {
    this.#at(life, id)?.told.push({ verdict, who })
  }

  /** One verdict for a packet and all before it that have none. */
  tellThrough(life, id, verdict) {
    for (const one of this.deliveries)
      if (one.life === life && (!one.left || one.left.batch) && one.told.length === 0 && ((one.id - id) | 0) <= 0)
        one.told.push({ verdict, who: 'judgeThrough' })
  }

  /** Whoever judged it was told that it may have failed. */
  unsure(life, id) {
    const delivery = this.#at(life, id)
    if (delivery) delivery.unsure = true
  }

  /** The kernel refused a verdict: it has dropped the packet before. */
  refuse(life, id) {
    const delivery = this.#at(life, id)
    if (delivery) delivery.refused = true
  }

  /** A verdict was said to have come too late: it does not count. */
  tooLate(life, id) {
    life.late++
    const delivery = this.#at(life, id)
    if (delivery) delivery.late = (delivery.late ?? 0) + 1
  }

  /** Packets of a life that came and whose verdict has not left. */
  waiting(life) {
    return this.deliveries.filter((one) => one.life === life && !one.left)
  }

  #at(life, id) {
    return this.#byId.get(`${life?.number}/${this.lives.indexOf(life)}/${id}`)
  }
}
