/** A member of a list by age. */
export interface Aged<Member> {
  touchedAt: number
  older: Member | undefined
  newer: Member | undefined
}

/** Members in the order they were last touched: the oldest is found at once, and so is everyone's place. */
export class Ages<Member extends Aged<Member>> {
  #oldest: Member | undefined
  #newest: Member | undefined

  /** The one that was touched longest ago. */
  get oldest(): Member | undefined {
    return this.#oldest
  }

  add(member: Member, now: number): void {
    member.touchedAt = now
    member.older = this.#newest
    member.newer = undefined
    if (this.#newest === undefined) this.#oldest = member
    else this.#newest.newer = member
    this.#newest = member
  }

  remove(member: Member): void {
    if (member.older === undefined) this.#oldest = member.newer
    else member.older.newer = member.newer
    if (member.newer === undefined) this.#newest = member.older
    else member.newer.older = member.older
    member.older = undefined
    member.newer = undefined
  }

  touch(member: Member, now: number): void {
    if (member === this.#newest) {
      member.touchedAt = now
      return
    }
    this.remove(member)
    this.add(member, now)
  }
}
