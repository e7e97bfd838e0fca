/** JSON that is no ruleset as nft prints one, or has what this library has no value for. */
export class RulesetJsonError extends Error {
  static {
    this.prototype.name = 'RulesetJsonError'
  }
  /** Where: `nftables[12].rule.expr[2].match.left`. Empty for the text as a whole. */
  readonly place: string
  /** What is wrong, and what would work. */
  readonly reason: string

  constructor(place: string, reason: string) {
    super(place === '' ? reason : `${place}: ${reason}`)
    this.place = place
    this.reason = reason
  }
}
