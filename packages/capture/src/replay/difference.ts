import type { CaptureRecord } from '../format/record.ts'
import type { ComparedMessage } from './sent/message.ts'

/**
 * `changed`: the same kind of message with other contents. `missing`: recorded, and not sent. `unexpected`: sent, and not recorded.
 * `order`: sent before something that came first when recorded. `call`: a call on the transport that is missing or other than recorded.
 */
export type DifferenceKind = 'changed' | 'missing' | 'unexpected' | 'order' | 'call'

/** One place where our code did something else than was recorded. */
export interface ReplayDifference {
  /** In what the program differed from the recording. */
  readonly kind: DifferenceKind
  /** Number of the record, as Wireshark counts; of the last one played when nothing recorded compares. */
  readonly record: number
  /** For people: what differs, with `-` before what was recorded and `+` before what was done instead. */
  readonly text: string
}

/** Our code did something else than was recorded, and the replay ended. */
export class ReplayError extends Error {
  static {
    this.prototype.name = 'ReplayError'
  }
  readonly difference: ReplayDifference

  constructor(difference: ReplayDifference) {
    super(difference.text)
    this.difference = difference
  }
}

export function changed(record: CaptureRecord, recorded: ComparedMessage, sent: ComparedMessage): ReplayDifference {
  let lines = compared(recorded.lines, sent.lines)
  if (lines.every((line) => line.startsWith('  '))) lines = [...lines, `- ${recorded.hex}`, `+ ${sent.hex}`]
  return difference('changed', record.number, 'what is sent differs from the recording', lines)
}

export function missing(
  record: CaptureRecord,
  recorded: ComparedMessage,
  instead: readonly ComparedMessage[],
): ReplayDifference {
  const sent = instead.flatMap(({ lines }) => lines.map((line) => `+ ${line}`))
  return difference('missing', record.number, 'what was recorded is not sent', [
    ...recorded.lines.map((line) => `- ${line}`),
    ...sent,
  ])
}

export function outOfOrder(record: CaptureRecord, sent: ComparedMessage, before: ComparedMessage): ReplayDifference {
  const lines = [`+ ${before.lines[0]}`, `  ${sent.lines[0]}`]
  return difference('order', record.number, 'something else is sent before what was recorded', lines)
}

export function unexpected(record: number, sent: ComparedMessage): ReplayDifference {
  return difference(
    'unexpected',
    record,
    'something is sent that was not recorded',
    sent.lines.map((line) => `+ ${line}`),
  )
}

/** A call of a method, as text, and the recorded one. */
export function otherCall(record: number, recorded: string | undefined, called: string | undefined): ReplayDifference {
  const lines = [recorded && `- ${recorded}`, called && `+ ${called}`].filter((line) => line !== undefined)
  return difference('call', record, 'the socket is used in another way', lines)
}

function difference(kind: DifferenceKind, record: number, what: string, lines: readonly string[]): ReplayDifference {
  return { kind, record, text: [`record ${record}: ${what}`, ...lines].join('\n') }
}

/** Pairs of lines that are compared, at most: beyond that the lines of both follow each other. */
const mostPairs = 1_000_000

/** Both texts as one: lines of both indented, of the first with `-`, of the second with `+`. */
function compared(before: readonly string[], after: readonly string[]): string[] {
  if (before.length * after.length > mostPairs)
    return [...before.map((line) => `- ${line}`), ...after.map((line) => `+ ${line}`)]
  const length = longestCommon(before, after)
  const lines: string[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    if (i < before.length && before[i] === after[j]) {
      lines.push(`  ${before[i++]}`)
      j++
    } else if (i < before.length && (j === after.length || length[i + 1]![j]! >= length[i]![j + 1]!)) {
      lines.push(`- ${before[i++]}`)
    } else lines.push(`+ ${after[j++]}`)
  }
  return lines
}

/** `[i][j]`: how many lines `before` from `i` on and `after` from `j` on have in common, in order. */
function longestCommon(before: readonly string[], after: readonly string[]): number[][] {
  const length = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0))
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      length[i]![j] =
        before[i] === after[j] ? length[i + 1]![j + 1]! + 1 : Math.max(length[i + 1]![j]!, length[i]![j + 1]!)
  return length
}
