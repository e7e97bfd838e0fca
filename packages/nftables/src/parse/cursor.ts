import { EncodeError } from '@nfkit/netlink-codec'
import { RuleSyntaxError } from './error.ts'

/** A word, a sign, or quoted text. */
export interface Token {
  readonly text: string
  readonly offset: number
  readonly isQuoted: boolean
}

const pattern = /\s+|"([^"\n]*)"|==|!=|<=|>=|[{}(),&|^<>!=]|[^\s{}(),&|^<>!="]+/gy

/** The longest text that is read: a rule of nft has far less. */
const longest = 65_536

/** Reads the tokens of a text, one after another. Every method throws `RuleSyntaxError` alone. */
export class Cursor {
  readonly text: string
  readonly #tokens: Token[]
  #at = 0

  constructor(text: string) {
    if (typeof text !== 'string') throw new RuleSyntaxError(String(text), 0, 'a rule is text')
    if (text.length > longest) throw new RuleSyntaxError(text, longest, `a rule has no more than ${longest} characters`)
    this.text = text
    this.#tokens = tokensOf(text)
  }

  get isDone(): boolean {
    return this.#at >= this.#tokens.length
  }

  /** The token that comes, or that many behind it; `undefined` at the end. */
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead]
  }

  /** Whether this word or sign comes. */
  is(text: string): boolean {
    const token = this.peek()
    return token?.text === text && !token.isQuoted
  }

  /** Takes this word or sign if it comes. */
  take(text: string): boolean {
    if (!this.is(text)) return false
    this.#at++
    return true
  }

  /** Takes what comes. `wanted` says what was to come. */
  next(wanted: string): Token {
    const token = this.peek()
    if (token === undefined) return this.fail(`the rule ends, and ${wanted} is missing`)
    this.#at++
    return token
  }

  /** Takes this word or sign. */
  expect(text: string): void {
    if (!this.take(text)) this.fail(`"${text}" is missing`)
  }

  /** Takes a whole number. */
  number(wanted: string): number {
    const { text } = this.next(wanted)
    if (!/^(0x[0-9a-f]+|\d+)$/i.test(text) || !Number.isSafeInteger(Number(text)))
      return this.fail(`"${text}" is no number, and ${wanted} is needed`, -1)
    return Number(text)
  }

  /** Parts the token that comes in two, behind so many characters. */
  part(length: number): void {
    const { text, offset, isQuoted } = this.next('a word')
    this.#tokens.splice(--this.#at, 1, { text: text.slice(0, length), offset, isQuoted })
    this.#tokens.splice(this.#at + 1, 0, { text: text.slice(length), offset: offset + length, isQuoted })
  }

  /** Goes on behind so many tokens. */
  skip(count: number): void {
    this.#at += count
  }

  /** Throws, for what comes or what was taken last. */
  fail(reason: string, ahead = 0): never {
    throw new RuleSyntaxError(this.text, this.peek(ahead)?.offset ?? this.text.length, reason)
  }

  /** Runs what makes a value, and throws what it refuses as an error of the place where it began. */
  making<T>(make: () => T): T {
    const start = this.peek()?.offset ?? this.text.length
    try {
      return make()
    } catch (error) {
      if (error instanceof RuleSyntaxError) throw error
      const isRefusal = error instanceof EncodeError || error instanceof RangeError || error instanceof TypeError
      if (!isRefusal) throw error
      throw new RuleSyntaxError(this.text, start, error.message)
    }
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found === null) throw new RuleSyntaxError(text, at, 'the quoted text does not end')
    const [all, quoted] = found
    if (/^\s/.test(all)) continue
    tokens.push({ text: quoted ?? all, offset: at, isQuoted: quoted !== undefined })
  }
  return tokens
}
