import { UserError } from '../../terminal/failure.ts'

/** Hook points a packet may be said to pass. */
export const hooks = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const
/** A hook point a packet passes. */
export type Hook = (typeof hooks)[number]

/** What rules may do with a packet. */
export const verdicts = ['accept', 'drop', 'reject', 'queue'] as const
/** What rules do with a packet. */
export type CheckedVerdict = (typeof verdicts)[number]

/** How a packet comes. */
export interface Arrival {
  readonly hook: Hook
  readonly in?: string | undefined
  readonly out?: string | undefined
  readonly mark?: number | undefined
}

/** A packet, and what is to become of it. */
export interface Case extends Arrival {
  /** The packet on one line. */
  readonly packet: string
  readonly expected?: CheckedVerdict | undefined
  /** The line of the file it is from. */
  readonly line?: number | undefined
}

/**
 * Read a file of packets, one a line: `accept input in eth1 mark 7 tcp 10.0.0.1:4000 > 10.0.0.2:22 syn`. What is not said is as on the command
 * line. Throws `UserError` for a line that is none.
 */
export function parseCases(text: string, file: string, usual: Omit<Arrival, 'hook'>): readonly Case[] {
  return text.split('\n').flatMap((written, i) => {
    const words = written.trim()
    return words === '' || words.startsWith('#') ? [] : [caseOf(words, i + 1, file, usual)]
  })
}

function caseOf(text: string, line: number, file: string, usual: Omit<Arrival, 'hook'>): Case {
  const fail = (reason: string): never => {
    throw new UserError(`${file}, line ${line}: ${reason}`)
  }
  const words = text.split(/\s+/)
  const oneOf = <W extends string>(known: readonly W[]): W => {
    const word = words.shift() ?? ''
    return known.find((one) => one === word) ?? fail(`"${word}" stands where one of ${known.join(', ')} is needed`)
  }
  const expected = oneOf(verdicts)
  const hook = oneOf(hooks)
  const said: { in?: string; out?: string; mark?: number } = {}
  for (;;) {
    const [word, value] = words
    if (word !== 'in' && word !== 'out' && word !== 'mark') break
    if (value === undefined) return fail(`behind "${word}" something is missing`)
    if (word !== 'mark') said[word] = value
    else said.mark = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(value) ? Number(value) : fail(`"${value}" is no mark`)
    words.splice(0, 2)
  }
  if (words.length === 0) return fail('the packet is missing')
  const packet = text.slice(text.length - rest(text, words.length))
  return { ...usual, ...said, expected, hook, packet, line }
}

/** Characters of the last so many words, as they are written. */
const rest = (text: string, count: number): number =>
  new RegExp(`(?:\\S+\\s+){${count - 1}}\\S+$`).exec(text)?.[0].length ?? 0
