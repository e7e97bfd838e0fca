import type { Subject } from '../../conditions/match.ts'
import type { Keyed } from '../members.ts'

/** What is looked up, and where: in a set or map of the table, or in the elements of one of the rule's own. */
export interface Looked {
  readonly about: Subject
  readonly among: { readonly set: string; readonly interval?: true } | { readonly keyed: readonly Keyed[] }
}
