import { readCapture, replayPackets } from '@nfkit/capture'
import { parseIp } from '@nfkit/ip-codec'
import { packet } from '@nfkit/ip-codec/build'
import { type Listing, openNftables } from '@nfkit/nftables'
import { SimulatedKernel } from '@nfkit/simulator'
import { limits } from '../protocol/limits.ts'
import type { Setup, Talk } from '../protocol/request.ts'
import type { Scene } from '../protocol/scene.ts'
import { Judging, judgeOf, queuesOf } from './code/judge.ts'
import { Notes } from './code/notes.ts'
import { rulesOf } from './code/rules.ts'
import { parseLine } from './line.ts'
import { connectionsIn } from './seen/connections.ts'
import { Journeys } from './seen/journeys.ts'
import { rulesetLines } from './seen/ruleset.ts'
import { Talkers } from './talk.ts'
import { wayOf } from './way.ts'

/** A simulated kernel with rules, a judge and a network around it. */
export class Lab {
  readonly notes: Notes
  readonly #network: Setup['network']
  readonly #kernel: SimulatedKernel
  readonly #judging = new Judging()
  readonly #journeys: Journeys
  readonly #talkers: Talkers
  #queues: readonly number[] = []

  private constructor({ network }: Setup, notes: Notes) {
    this.notes = notes
    this.#network = network
    const interfaces = network.interfaces.filter(({ name }) => name !== 'lo')
    this.#kernel = new SimulatedKernel({
      profile: 'debian-6.12',
      interfaces: {
        lo: { index: 1, addresses: ['127.0.0.1', '::1'] },
        ...Object.fromEntries(interfaces.map(({ name, addresses }, i) => [name, { index: i + 2, addresses }])),
      },
    })
    this.#kernel.conntrack.settings.acct = true
    this.#talkers = new Talkers(this.#kernel, network)
    const route: Talkers['routed'] = (bytes, options) => this.#talkers.routed(bytes, options)
    this.#journeys = new Journeys(this.#kernel, this.#judging.decisions, route)
  }

  /** Evaluate and load the rules, and let the judge read the queues they name. Rejects as the code does, and as the kernel refuses. */
  static async begin(setup: Setup, notes = new Notes()): Promise<Lab> {
    const lab = new Lab(setup, notes)
    await lab.#kernel.load(await rulesOf(setup.rules))
    const judge = setup.judge === undefined ? undefined : await judgeOf(setup.judge)
    if (judge === undefined) return lab
    lab.#queues = queuesOf(await lab.#listing())
    await lab.#judging.read(lab.#kernel, lab.#queues, judge, notes)
    return lab
  }

  /** A packet by its line. Throws `BuildError` and `RangeError`, which say what would work. */
  async send(line: string): Promise<void> {
    const { said, packet: words } = parseLine(line)
    const bytes = packet(words)
    const ip = parseIp(bytes)
    const way = ip === undefined ? {} : wayOf(this.#network, ip.source, ip.destination)
    const { hook = way.hook, indev, outdev, mark } = said
    const known = hook === way.hook ? way : { hook }
    await this.#kernel.deliver(bytes, {
      ...known,
      ...(indev === undefined ? {} : { indev }),
      ...(outdev === undefined ? {} : { outdev }),
      ...(mark === undefined ? {} : { mark }),
    })
  }

  /** A connection of two machines, from its first packet to its last. */
  async talk(talk: Talk): Promise<void> {
    this.notes.kernel(await this.#talkers.talk(talk))
  }

  /** The packets of a capture, in its time. */
  async replay(capture: Uint8Array): Promise<void> {
    let count = 0
    const skipped = new Map<string, number>()
    for await (const result of replayPackets(this.#kernel, readCapture(capture, { onTruncated: 'end' }))) {
      if ('skipped' in result) skipped.set(result.skipped, (skipped.get(result.skipped) ?? 0) + 1)
      else if (++count === limits.journeys) {
        this.notes.kernel(`the capture has more than ${limits.journeys} packets: the rest is left out`)
        break
      }
    }
    for (const [reason, records] of skipped) this.notes.kernel(`${records} records left out: ${reason}`)
  }

  /** Let virtual time pass, in seconds. */
  advance(seconds: number): void {
    this.#kernel.advance(seconds)
  }

  /** What there is to see now, and what happened since the last time. */
  async scene(): Promise<Scene> {
    return {
      ...(await this.#journeys.take()),
      uptime: this.#kernel.clock.uptime / 1_000,
      ruleset: rulesetLines(await this.#listing()),
      connections: connectionsIn(this.#kernel.conntrack),
      queues: this.#queues,
      notes: this.notes.take(),
    }
  }

  async #listing(): Promise<Listing> {
    const nft = await openNftables(this.#kernel.connect())
    try {
      return await nft.list()
    } finally {
      nft.close()
    }
  }
}
