import { formatHex } from '@nfkit/inet'
import { check } from '@nfkit/netlink-transport'
import type { Outcome } from '../hooks/outcome.ts'
import type { PendingPacket, SimulatedKernel } from '../kernel.ts'
import { stepLine } from '../nft/explained-step.ts'

/** The fields of an outcome that are asserted: those given. */
export type ExpectedOutcome = Partial<
  Pick<Outcome, 'verdict' | 'reason' | 'mark' | 'priority' | 'connmark' | 'requeues' | 'payload' | 'answer'>
>

/** An outcome that is not what was expected. Test runners show `expected` and `actual` side by side. */
export class OutcomeError extends Error {
  static {
    this.prototype.name = 'OutcomeError'
  }
  readonly expected: ExpectedOutcome
  readonly actual: ExpectedOutcome | undefined

  constructor(message: string, expected: ExpectedOutcome, actual: ExpectedOutcome | undefined) {
    super(message)
    this.expected = expected
    this.actual = actual
  }
}

/** The platform's own timers: a test may put others in their place later. */
const { setTimeout, clearTimeout } = globalThis

/** How long a verdict may take, in real time, before the assertion gives up. */
const patienceMilliseconds = 2000

/**
 * Wait for a packet's outcome and compare what is given of it. Works with every test runner: it throws `OutcomeError`, whose
 * message tells what came instead, which rule of nf_tables took the packet, or which packets still wait for a verdict.
 *
 * @example
 * import { udp } from '@nfkit/ip-codec/build'
 * import { openQueue } from '@nfkit/nfqueue'
 * import { expectOutcome, SimulatedKernel } from '@nfkit/simulator'
 *
 * const kernel = new SimulatedKernel()
 * const queue = await openQueue(kernel.connect(), { number: 0 })
 * queue.run((packet) => (packet.ip?.udp?.destinationPort === 53 ? packet.drop() : packet.accept()))
 *
 * const delivered = kernel.deliver(udp('192.0.2.1:4000 > 198.51.100.1:53'))
 * await expectOutcome(kernel, delivered, { verdict: 'drop', reason: 'verdict' })
 * await queue.close()
 */
export async function expectOutcome(
  kernel: SimulatedKernel,
  delivered: Promise<Outcome>,
  expected: ExpectedOutcome,
  { timeoutMilliseconds = patienceMilliseconds }: { readonly timeoutMilliseconds?: number } = {},
): Promise<Outcome> {
  check.milliseconds('timeoutMilliseconds', timeoutMilliseconds)
  const outcome = await orUndefined(delivered, timeoutMilliseconds)
  if (!outcome) throw new OutcomeError(stillWaiting(kernel.pending, timeoutMilliseconds), expected, undefined)
  const wrong = keysOf(expected).filter((key) => !same(outcome[key], expected[key]))
  if (wrong.length === 0) return outcome
  const actual = Object.fromEntries(keysOf(expected).map((key) => [key, outcome[key]]))
  throw new OutcomeError(
    `${wrong.map((key) => difference(key, outcome, expected)).join('; ')} (${story(outcome)})${await taker(kernel, outcome)}`,
    expected,
    actual,
  )
}

function keysOf(expected: ExpectedOutcome): (keyof ExpectedOutcome)[] {
  return Object.keys(expected) as (keyof ExpectedOutcome)[]
}

function orUndefined(delivered: Promise<Outcome>, milliseconds: number): Promise<Outcome | undefined> {
  return new Promise((resolve, reject) => {
    const timer = Number.isFinite(milliseconds) ? setTimeout(() => resolve(undefined), milliseconds) : undefined
    const settle = (outcome: Outcome) => {
      clearTimeout(timer)
      resolve(outcome)
    }
    delivered.then(settle, reject)
  })
}

function same(a: unknown, b: unknown): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? formatHex(a) === formatHex(b) : Object.is(a, b)
}

function shown(value: unknown): string {
  if (value instanceof Uint8Array) return formatHex(value)
  return typeof value === 'number' ? `${value} (0x${value.toString(16)})` : String(value)
}

const difference = (key: keyof ExpectedOutcome, outcome: Outcome, expected: ExpectedOutcome): string =>
  `expected ${key} ${shown(expected[key])}, got ${shown(outcome[key])}`

/** Which rule or policy of nf_tables had the packet last, where it met any: `; last in inet fw input: tcp dport 22 drop`. */
async function taker(kernel: SimulatedKernel, outcome: Outcome): Promise<string> {
  const last = (await kernel.explain(outcome)).at(-1)
  return last === undefined ? '' : `; last in ${stepLine(last)}`
}

/** `accepted: verdict, after queue 0 as packet 3`. */
function story({ verdict, reason, queues }: Outcome): string {
  const stays = queues.map(({ queue, id }) => `queue ${queue} as packet ${id}`).join(', then ')
  return `${verdict}: ${reason}${stays ? `, after ${stays}` : ', never queued'}`
}

function stillWaiting(pending: readonly PendingPacket[], milliseconds: number): string {
  const where = pending.map(({ queue, id }) => `packet ${id} in queue ${queue}`).join(', ')
  return `no verdict within ${milliseconds} ms; ${where ? `still waiting: ${where}` : 'nothing waits in any queue'}`
}
