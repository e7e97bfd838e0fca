import { type Decision, type Handler, openQueue, type Packet } from '@nfkit/nfqueue'
import type { Listing } from '@nfkit/nftables'
import type { SimulatedKernel } from '@nfkit/simulator'
import { run } from './modules.ts'
import type { Notes } from './notes.ts'

/** Queues that are read, at most. */
const mostQueues = 64
/** How long a judge may take for a packet. */
const deadlineMilliseconds = 500

/** The queues that rules send packets to. */
export function queuesOf({ tables }: Listing): readonly number[] {
  const clauses = tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules.flatMap(({ body }) => body)))
  const numbers = clauses.flatMap((clause) =>
    clause.kind === 'queue' ? Array.from({ length: clause.to - clause.from + 1 }, (_, i) => clause.from + i) : [],
  )
  return [...new Set(numbers)].slice(0, mostQueues)
}

/** The function that a module exports as `judge` or by default. */
export async function judgeOf(text: string): Promise<Handler> {
  const { judge, default: other } = await run('judge.ts', text)
  const found = judge ?? other
  if (typeof found !== 'function')
    throw new Error('the judge exports no function: write "export default function judge(packet) {}"')
  return found as Handler
}

/** Reads queues with one judge, and remembers what it said of each packet. */
export class Judging {
  /** By queue and number of the packet. */
  readonly decisions = new Map<string, string>()

  /** Open the queues. */
  async read(kernel: SimulatedKernel, queues: readonly number[], judge: Handler, notes: Notes): Promise<void> {
    for (const number of queues) {
      const queue = await openQueue(kernel.connect(), { number, deadlineMilliseconds })
      queue.on('warning', (text) => notes.kernel(`queue ${number}: ${text}`))
      queue.on('unjudged', ({ reason, error }) => notes.kernel(`queue ${number}: ${reason}${said(error)}`))
      queue.on('handlerError', ({ error }) => notes.kernel(`queue ${number}: after its verdict${said(error)}`))
      queue.on('verdictError', (error) => notes.kernel(error.message))
      queue.on('trouble', (error) => notes.kernel(error.message))
      queue.observe((packet, decision) => this.decisions.set(`${number}/${packet.id}`, decisionText(packet, decision)))
      void queue.run(judge)
    }
  }
}

const said = (error: unknown): string => (error === undefined ? '' : `: ${error}`)

function decisionText({ length = 0 }: Packet, { verdict, changes, unjudged }: Decision): string {
  const parts = [typeof verdict === 'string' ? verdict : `queue ${verdict.queue}`]
  if (changes.mark !== undefined) parts.push(`mark 0x${changes.mark.toString(16)}`)
  if (changes.connmark !== undefined) parts.push(`connmark ${markText(changes.connmark)}`)
  if (changes.payload !== undefined) parts.push(`rewritten, ${length} to ${changes.payload.length} bytes`)
  if (unjudged !== undefined) parts.push(`by the queue: ${unjudged}`)
  return parts.join(', ')
}

const markText = (mark: NonNullable<Decision['changes']['connmark']>): string =>
  typeof mark === 'number' ? `0x${mark.toString(16)}` : `0x${mark.value.toString(16)}/0x${mark.mask?.toString(16)}`
