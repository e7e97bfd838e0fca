import { parseIp } from '@nfkit/ip-codec'
import type { DeliverOptions, Outcome, SimulatedKernel } from '@nfkit/simulator'
import { limits } from '../../protocol/limits.ts'
import type { Journey, Step } from '../../protocol/scene.ts'
import { replyLine } from './reply.ts'
import { ruleKey } from './ruleset.ts'

/** What was delivered, and when. */
interface Delivered {
  readonly uptime: number
  readonly bytes: Uint8Array
  readonly options: DeliverOptions
  readonly outcome: Outcome
}

const described = (bytes: Uint8Array): string => `${parseIp(bytes) ?? `${bytes.length} bytes that are no packet`}`

/** Sees every packet that a kernel is given, by whoever it is, and tells their journeys. */
export class Journeys {
  readonly #kernel: SimulatedKernel
  readonly #decisions: ReadonlyMap<string, string>
  #delivered: Delivered[] = []
  #untold = 0
  #count = 0

  /** `decisions` of judges, by queue and number of the packet; `route` says how a packet passes. */
  constructor(
    kernel: SimulatedKernel,
    decisions: ReadonlyMap<string, string>,
    route: (bytes: Uint8Array, options: DeliverOptions) => DeliverOptions,
  ) {
    this.#kernel = kernel
    this.#decisions = decisions
    const deliver = kernel.deliver.bind(kernel)
    // Hosts deliver through the same method.
    kernel.deliver = async (bytes, given = {}) => {
      const { uptime } = kernel.clock
      const options = route(bytes, given)
      const copy = bytes.slice()
      const outcome = await deliver(bytes, options)
      if (this.#delivered.length < limits.journeys) this.#delivered.push({ uptime, bytes: copy, options, outcome })
      else this.#untold++
      return outcome
    }
  }

  /** Those since the last time, and how many more there were. */
  async take(): Promise<{ readonly journeys: readonly Journey[]; readonly untold: number }> {
    const [delivered, untold] = [this.#delivered, this.#untold]
    this.#delivered = []
    this.#untold = 0
    const journeys: Journey[] = []
    for (const one of delivered) journeys.push(await this.#told(one))
    return { journeys, untold }
  }

  async #told({ uptime, bytes, options, outcome }: Delivered): Promise<Journey> {
    const { verdict, reason, payload, mark, connmark, answer } = outcome
    const [packet, became] = [described(bytes), described(payload)]
    const reply = verdict === 'accept' ? replyLine(payload) : undefined
    return {
      id: ++this.#count,
      at: uptime / 1_000,
      packet,
      way: wayText(options),
      verdict: verdict === 'drop' && answer !== undefined ? 'reject' : verdict,
      reason,
      mark,
      ...(connmark ? { connmark } : {}),
      steps: await this.#steps(outcome),
      ...(became === packet ? {} : { became }),
      ...(answer === undefined ? {} : { answer: described(answer) }),
      ...(reply === undefined ? {} : { reply }),
    }
  }

  /** Behind each rule that queues stands what the judge said. */
  async #steps(outcome: Outcome): Promise<readonly Step[]> {
    const stays = [...outcome.queues]
    const judged = (): readonly Step[] => {
      const stay = stays.shift()
      if (stay === undefined) return []
      const decision = this.#decisions.get(`${stay.queue}/${stay.id}`) ?? 'no verdict'
      return [{ kind: 'judge', where: `queue ${stay.queue}`, text: `packet ${stay.id}`, verdict: decision }]
    }
    const explained = (await this.#kernel.explain(outcome)).slice(0, limits.steps / 2)
    return explained.flatMap(({ family, table, chain, text, handle, verdict, to }) => [
      {
        kind: handle === undefined ? ('policy' as const) : ('rule' as const),
        where: `${family} ${table} ${chain}`,
        text: text.slice(0, limits.line),
        verdict: to === undefined ? verdict : `${verdict} ${to}`,
        ...(handle === undefined ? {} : { rule: ruleKey(family, table, handle) }),
      },
      ...(verdict === 'queue' ? judged() : []),
    ])
  }
}

function wayText({ hook = 'input', indev, outdev, loopback }: DeliverOptions): string {
  if (loopback) return 'output and input, over lo'
  return [hook, indev === undefined ? '' : `in ${indev}`, outdev === undefined ? '' : `out ${outdev}`]
    .filter((part) => part !== '')
    .join(' ')
}
