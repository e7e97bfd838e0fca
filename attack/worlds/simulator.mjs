import { udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel } from '@nfkit/simulator'
import { datagram, portOf } from '../datagram.mjs'
import { forget, pass, quiet, takeOver } from './time.mjs'

takeOver()

/** A kernel in memory and time that is told to pass. */
export class SimulatedWorld {
  name = 'simulator'
  activity = 0
  #kernel
  #sent = 0
  #outcomes = new Map()

  constructor(seed) {
    this.#kernel = new SimulatedKernel({ seed, profile: '6.18' })
  }

  /** A socket that can be made to fail. */
  transport() {
    const transport = this.#kernel.connect()
    return { transport, inject: (fault) => this.#kernel.inject(fault, transport) }
  }

  prepare(queue) {
    this.#kernel.rules.add({ hook: 'input', protocol: 'udp', destination: address(queue), mark: 0, queue })
  }

  queueTable = () => this.#kernel.procNetlinkQueue()

  /** Send packets to a queue; resolves to the number of the first. */
  async send({ queue, count, size, pause }) {
    const first = this.#sent
    this.#sent += count
    for (let i = 0; i < count; i++) {
      const number = first + i
      const payload = datagram(number, Math.min(size, 1400))
      const bytes = udp(`127.0.0.1:4000 > ${address(queue)}:${portOf(number)}`, { payload })
      this.#outcomes.set(number, undefined)
      this.#kernel.deliver(bytes, { hook: 'input', indev: 'lo' }).then((outcome) => this.#outcomes.set(number, outcome))
      if (pause && i % 16 === 15) await this.sleep(1)
    }
    return first
  }

  sleep(milliseconds) {
    return pass(milliseconds, () => this.activity)
  }

  /** Nothing can be too busy where time stands still. */
  busy() {}

  /** What became of each packet: `true` for those that passed. */
  async passed() {
    await quiet(() => this.activity)
    return new Map([...this.#outcomes].map(([number, outcome]) => [number, outcome?.verdict === 'accept']))
  }

  story(number) {
    const outcome = this.#outcomes.get(number)
    return outcome ? `${outcome.verdict}: ${outcome.reason}` : 'still waiting'
  }

  async end() {
    forget()
  }
}

const address = (queue) => `127.0.1.${queue}`
