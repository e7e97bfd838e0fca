import { InvalidArgumentError, Option } from 'commander'
import { MatchError } from '../match/error.ts'
import { parseExpression } from '../match/parser.ts'
import { type Predicate, predicate } from '../match/predicate.ts'

/** A parser of whole numbers, decimal or 0x…, from `min` to `max`; what it throws becomes one sentence on stderr. */
export const whole =
  (min: number, max: number) =>
  (text: string): number => {
    const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
    return value
  }

export const queueNumber = whole(0, 0xffff)
export const mark = whole(0, 0xffff_ffff)

/** A number, or the word `count`. */
export function connmark(text: string): number | 'count' {
  return text === 'count' ? text : mark(text)
}

/** `accept`, `drop`, …, or `queue:N`. */
export function verdict(text: string): 'accept' | 'drop' | 'repeat' | 'stop' | { queue: number } {
  if (text === 'accept' || text === 'drop' || text === 'repeat' || text === 'stop') return text
  if (text.startsWith('queue:')) return { queue: queueNumber(text.slice('queue:'.length)) }
  throw new InvalidArgumentError('It must be accept, drop, repeat, stop or queue:N.')
}

/** A filter in the words of pcap-filter. */
export function expression(text: string): Predicate {
  try {
    return predicate(parseExpression(text))
  } catch (error) {
    throw error instanceof MatchError ? new InvalidArgumentError(`At ${error.message}.`) : error
  }
}

export const choice = (flags: string, description: string, choices: readonly string[], fallback: string) =>
  new Option(flags, description).choices(choices).default(fallback)
