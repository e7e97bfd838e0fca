import { type Checks, check } from '@nfkit/netlink-transport'
import type { FlowSource } from './flows/source.ts'
import { checkHandover, type Handover } from './handover/handover.ts'
import { type QueueVerdict, type Verdict, verdictWords } from './packet/verdict.ts'
import { type QueueSettings, settingChecks } from './settings/settings.ts'

/** Which queue is opened, and how its packets are judged. */
export interface QueueOptions extends QueueSettings {
  /** 0 to 65535: the number after `--queue-num` (iptables) or `queue to` (nft). */
  readonly number: number
  /**
   * Whether to have each packet's connection sent with it. `prefer` (the default): where the kernel can; a `warning` says when it
   * cannot, and `queue.conntrack` tells. `require`: else opening fails with reason `conntrack`. `off`: never asked for.
   */
  readonly conntrack?: 'prefer' | 'require' | 'off' | undefined
  /** The verdict of packets that get none from the handler; `drop` by default, as the kernel does when the program ends. */
  readonly onUnjudged?: Verdict | undefined
  /**
   * How long a packet may wait for its verdict: above 0 and up to 2,147,483,647 (24.8 days); 5,000 by default. `Infinity`: for ever, as
   * in the kernel.
   */
  readonly deadlineMilliseconds?: number | undefined
  /**
   * Whether verdicts that say the same of packets next to each other leave as one message (NFQNL_MSG_VERDICT_BATCH): `accept` after `accept`,
   * without changes, given in the order of arrival while no earlier packet waits. The kernel takes a tenth less of its time for them, and does the
   * same with each packet. Where packets may wait that never came here (an id is missing, a program read before), each verdict leaves by itself
   * until the kernel's table of queues says that none waits.
   *
   * Off by default, for one thing is told less exactly. Of packets that the kernel has dropped meanwhile, because their interface went down or
   * another program took away a base chain, `verdictError` tells each; of those in one message it tells all, when all are gone, or none.
   */
  readonly batchVerdicts?: boolean | undefined
  /** Bytes of socket buffer; by default derived from `maxLength` and `copyRange`. A `warning` says when less was granted. */
  readonly receiveBuffer?: number | undefined
  /** Bytes of the send buffer to ask for. */
  readonly sendBuffer?: number | undefined
  /**
   * Where `packet.flow` and connmarks go when the kernel does not join packets and connections itself. The packet then waits for its
   * flow before it is handed out, and for its connmark before it is released; other packets do not.
   */
  readonly flows?: FlowSource | undefined
  /**
   * What the program before said when it handed the queue over (`queue.handOver`), for a transport whose socket was inherited. With it losses are counted
   * from where that one stopped; without it the queue finds out by itself what waits.
   */
  readonly handover?: Handover | undefined
  /**
   * The verdict of packets that a program before has read from an inherited socket, and has not judged: it crashed. No reader gets them again, so by
   * default they are told to `repeat`: the kernel runs the rules that queued them once more, and queues them under new ids.
   */
  readonly orphans?: Verdict | undefined
  /** Closes the queue when it aborts, and ends an opening that is under way: `openQueue` then rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

const conntrackWords = { prefer: true, require: true, off: true }
const largestBuffer = 0x3fff_ffff

/** What each option must be; settings have checks of their own. */
const optionChecks: Checks<QueueOptions> = {
  ...settingChecks,
  number: (value) => check.whole('number', value, 0, 0xffff),
  conntrack: (value) => check.word('conntrack', value, conntrackWords),
  onUnjudged: (value) => verdict('onUnjudged', value),
  batchVerdicts: (value) => check.flag('batchVerdicts', value),
  deadlineMilliseconds: (value) => check.milliseconds('deadlineMilliseconds', value),
  receiveBuffer: (value) => check.whole('receiveBuffer', value, 1, largestBuffer),
  sendBuffer: (value) => check.whole('sendBuffer', value, 1, largestBuffer),
  flows: (value) => has('flows', value, ['peek', 'get', 'setMark'], 'FlowLookup of @nfkit/conntrack'),
  // With the number, below.
  handover: () => {},
  orphans: (value) => verdict('orphans', value),
  signal: (value) => check.signal('signal', value),
}

/** Returns `options` when each is known and in range; else throws `TypeError` or `RangeError` with the option, the value and what is allowed. */
export function checkedOptions(options: QueueOptions): QueueOptions {
  check.all('openQueue', options, optionChecks)
  optionChecks.number(options.number)
  if (options.handover !== undefined) checkHandover(options.handover, options.number)
  return options
}

function verdict(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    check.word(name, value, verdictWords)
    return
  }
  const { queue, bypass } = check.options(name, value as QueueVerdict, { queue: true, bypass: true })
  check.whole(`${name}.queue`, queue, 0, 0xffff)
  if (bypass !== undefined) check.flag(`${name}.bypass`, bypass)
}

function has(name: string, value: unknown, methods: readonly string[], example: string): void {
  const missing = methods.find((method) => typeof (value as Record<string, unknown> | null)?.[method] !== 'function')
  if (missing !== undefined) throw new TypeError(`${name}: there is no ${missing}() on it; pass ${example}`)
}
