import { align, attributeAt, decode, type Protocol, typeMask, u16 } from '@nfkit/netlink-codec'
import { netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import { type Expression, nftElements, nftRule } from '@nfkit/netlink-codec/nftables'
import type { NetlinkError, TransactionError, TransactionFailure } from '@nfkit/netlink-transport'
import type { Clause } from '../statements/statement.ts'
import type { EncodedMessage } from './encoding.ts'
import { eachOf, type Operation } from './operation.ts'
import { reasonOf } from './refusal/reason.ts'

/** What the kernel refused, and why. */
export interface CommitFailure {
  /** Where in the batch: `tables.fw.chains.out.rules[3]`. Where the kernel does not say which of several it was, the first of them. */
  readonly path: string
  /** What was to be done. */
  readonly operation: Operation
  /** Of a rule: the condition or statement the kernel refused, where it says. */
  readonly clause?: Clause
  /** `ENOENT` and so on. */
  readonly code: string
  /** Why, in a sentence. */
  readonly reason: string
  /** Paths of all that may be meant, where the kernel does not say which: the one at `path`, and others. */
  readonly candidates: readonly string[]
  /** What the kernel said. */
  readonly error: NetlinkError
}

/** The kernel refused a batch, and did nothing of it. `cause` is what it said first. */
export class CommitError extends Error {
  static {
    this.prototype.name = 'CommitError'
  }
  /** In the order of the batch. Several may follow from the first: what refers to a chain that was refused is refused, too. */
  readonly failures: readonly CommitFailure[]

  /** Of failures, one at least. */
  constructor(failures: readonly CommitFailure[]) {
    const [first] = failures
    const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : ''
    super(`nothing was committed: ${first === undefined ? '' : lineOf(first)}${more}`, { cause: first?.error })
    this.failures = failures
  }
}

/** A batch cannot be checked without the loss of waiting packets. `cause` is what was refused in the trial. */
export class UncheckedError extends Error {
  static {
    this.prototype.name = 'UncheckedError'
  }

  /** Of what a trial refused that lacks what the kernel's table has. */
  constructor(cause: CommitError) {
    super(
      `not checked: a new base chain is tried in a copy of its table, which has only what the batch makes, and there ${cause.failures.map(lineOf).join('; ')}`,
      { cause },
    )
  }
}

/** A failure as one line: `tables.fw.chains.out.rules[3] lookup: set "allow" does not exist`. */
export function lineOf({ path, reason, candidates }: CommitFailure): string {
  const others = candidates.filter((candidate) => candidate !== path)
  const more = others.length > 2 ? ` and ${others.length - 2} more` : ''
  const doubt =
    others.length === 0 ? '' : ` (the kernel does not say which: it may be ${others.slice(0, 2).join(', ')}${more})`
  return `${path} ${reason}${doubt}`
}

/** Returns what the kernel refused, in terms of the batch. */
export function failuresOf(
  { failures }: TransactionError,
  parts: readonly EncodedMessage[],
  protocol: Protocol,
): readonly CommitFailure[] {
  return [...failures].sort((a, b) => a.index - b.index).map((failure) => failureOf(failure, parts, protocol))
}

function failureOf(
  { index, error }: TransactionFailure,
  parts: readonly EncodedMessage[],
  protocol: Protocol,
): CommitFailure {
  const part = parts[index]!
  const { message, step, origins } = part
  const operations = eachOf(step)
  const entry = error.offset === undefined ? undefined : entryAt(message, error.offset, listOf(part))
  const [first] = operations as readonly [Operation]
  const isElements = first.part.kind === 'element'
  const operation = isElements && entry !== undefined ? operations[origins[entry]!]! : first
  const rule = operation.part.kind === 'rule' ? operation.part : undefined
  const clauseIndex = rule === undefined || entry === undefined ? undefined : origins[entry]
  const clause = clauseIndex === undefined ? undefined : rule?.body[clauseIndex]
  const isSure = entry !== undefined || operations.length === 1
  // The kernel tells failures of the commit itself by its first message.
  const candidates =
    index === 0 && error.offset === undefined && parts.length > 1
      ? allPaths(parts)
      : isSure
        ? [operation.path]
        : operations.map(({ path }) => path)
  const attribute = error.offset === undefined ? undefined : attributeAt(message, error.offset, protocol)?.name
  const expression = rule === undefined || entry === undefined ? undefined : expressionAt(message, entry)
  return {
    path: operation.path,
    operation,
    ...(clause === undefined ? {} : { clause }),
    code: error.code,
    reason: reasonOf({ operation, clause, expression, attribute, error }),
    candidates,
    error,
  }
}

const allPaths = (parts: readonly EncodedMessage[]): readonly string[] => [
  ...new Set(parts.flatMap(({ step }) => eachOf(step).map(({ path }) => path))),
]

/** The number of the attribute that is a list, in messages that have one. */
const listOf = ({ step }: EncodedMessage): number =>
  step.part.kind === 'element' ? nftElements.rows.elements.id : nftRule.rows.expressions.id

/** Which entry of the list in a message is at an offset, or has it inside; `undefined` when none. */
function entryAt(message: Uint8Array, offset: number, list: number): number | undefined {
  for (const [at, id, length] of attributes(message, netfilterHeaderSize, message.length)) {
    if (id !== list || offset <= at || offset >= at + length) continue
    let index = 0
    for (const [entry, , size] of attributes(message, at + 4, at + length)) {
      if (offset >= entry && offset < entry + size) return index
      index++
    }
  }
  return undefined
}

const expressionAt = (message: Uint8Array, entry: number): Expression | undefined =>
  decode(nftRule, message, netfilterHeaderSize).expressions?.[entry]

function* attributes(
  b: Uint8Array,
  start: number,
  end: number,
): Generator<readonly [at: number, id: number, length: number]> {
  for (let p = start; p + 4 <= end; p += align(u16(b, p))) yield [p, u16(b, p + 2) & typeMask, u16(b, p)]
}
