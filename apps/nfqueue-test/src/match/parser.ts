import { MatchError } from './error.ts'
import type { Expression, Link } from './expression.ts'
import { numberIn } from './operand.ts'
import { conditionOf, isQualifier, type Qualifiers, qualifiersIn } from './qualifiers.ts'
import { type Token, tokens } from './token.ts'
import { unsupportedWords } from './words.ts'

/**
 * Read an expression of pcap-filter: `and` and `or` bind alike and from left to right, `not` binds closer, and an address or number
 * without a word in front is about what the last one was about (`host 10.0.0.1 or 10.0.0.2`). Throws `MatchError`.
 */
export function parseExpression(text: string): Expression {
  return new Parser(text).all()
}

/** Parentheses in parentheses, at most. */
const deepest = 200

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  /** The qualifiers a bare address or number has. */
  #last: Qualifiers | undefined

  constructor(text: string) {
    this.#tokens = tokens(text)
  }

  all(): Expression {
    const expression = this.#expression()
    const { text, at } = this.#next()
    if (text === ')') throw new MatchError(at, 'there is no "(" for this ")"')
    if (text !== '') throw new MatchError(at, `"and" or "or" is missing before "${text}"`)
    return expression
  }

  #expression(): Expression {
    const first = this.#term()
    const rest: Link[] = []
    for (let { text } = this.#peek(); text === 'and' || text === 'or'; { text } = this.#peek()) {
      this.#next()
      rest.push({ joint: text, of: this.#term() })
    }
    return rest.length === 0 ? first : { kind: 'chain', first, rest }
  }

  #term(): Expression {
    const token = this.#peek()
    switch (token.text) {
      case 'not':
        return this.#nested(() => ({ kind: 'not', of: this.#term() }))
      case '(':
        return this.#parenthesised()
      case 'less':
      case 'greater': {
        this.#next()
        this.#last = undefined
        const length = numberIn(this.#next(), 0xffff_ffff)
        return token.text === 'less'
          ? { kind: 'length', least: 0, most: length }
          : { kind: 'length', least: length, most: Number.POSITIVE_INFINITY }
      }
    }
    if (isQualifier(token)) {
      const qualifiers = qualifiersIn(
        () => this.#next(),
        (ahead) => this.#peek(ahead),
      )
      this.#last = qualifiers.isWhole ? undefined : qualifiers
      if (qualifiers.isWhole) return conditionOf(qualifiers)
      return this.#peek().text === '(' ? this.#parenthesised() : this.#operand(qualifiers)
    }
    if (this.#last === undefined || ['', ')', 'and', 'or', '&', '|'].includes(token.text)) throw misplaced(token)
    return this.#operand(this.#last)
  }

  #operand(qualifiers: Qualifiers): Expression {
    const token = this.#next()
    if (['', ')', 'and', 'or', '&', '|'].includes(token.text)) throw misplaced(token)
    const hasMask = qualifiers.type === 'net' && this.#peek().text === 'mask'
    if (hasMask) this.#next()
    return conditionOf(qualifiers, token, hasMask ? this.#next() : undefined)
  }

  #parenthesised(): Expression {
    return this.#nested(({ at }) => {
      const expression = this.#expression()
      const close = this.#next()
      if (close.text === '') throw new MatchError(at, 'there is no ")" for this "("')
      if (close.text !== ')') throw new MatchError(close.at, `"and" or "or" is missing before "${close.text}"`)
      return expression
    })
  }

  #nested(inside: (open: Token) => Expression): Expression {
    const open = this.#next()
    if (++this.#depth > deepest) throw new MatchError(open.at, `more than ${deepest} levels deep`)
    const expression = inside(open)
    this.#depth--
    return expression
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!
  }

  #next(): Token {
    const token = this.#peek()
    this.#at++
    return token
  }
}

function misplaced({ text, at }: Token): MatchError {
  if (text === '') return new MatchError(at, 'something is missing at the end')
  const why = Object.hasOwn(unsupportedWords, text) ? unsupportedWords[text] : undefined
  if (why !== undefined) return new MatchError(at, `"${text}" is not supported: ${why}`)
  if (/[[\]<>=+*^]/.test(text) || text === '&' || text === '|')
    return new MatchError(at, `"${text}" is not supported: bytes and lengths cannot be computed with`)
  if (/^[\d.:a-f/]+$/i.test(text) && /\d/.test(text))
    return new MatchError(at, `a word is missing before "${text}": host, net, port, portrange or proto`)
  return new MatchError(at, `"${text}" is not understood here`)
}
