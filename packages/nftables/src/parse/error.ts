/** Text that is no condition or statement of nft, or one that this library does not have. */
export class RuleSyntaxError extends Error {
  static {
    this.prototype.name = 'RuleSyntaxError'
  }
  /** The whole text. */
  readonly text: string
  /** Where in it, in UTF-16 units. */
  readonly offset: number
  /** What is wrong, and what would work. */
  readonly reason: string

  constructor(text: string, offset: number, reason: string) {
    const line = text.slice(Math.max(0, offset - 30), offset + 30).replace(/\s+/g, ' ')
    super(
      `${reason}, at ${offset} of the rule: ${offset > 30 ? '…' : ''}${line}${offset + 30 < text.length ? '…' : ''}`,
    )
    this.text = text
    this.offset = offset
    this.reason = reason
  }
}
