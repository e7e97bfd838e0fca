import type { References } from '../state/chain.ts'
import type { Draft } from './draft.ts'

/** What a rule or an element refers to cannot go before it. */
export const hold = (references: References, draft: Draft): void => count(references, 1, draft)

/** It can. A set without a name goes with its rule. */
export function release(references: References, draft: Draft): void {
  count(references, -1, draft)
  for (const set of references.sets) {
    if (!set.isAnonymous || set.references > 0) continue
    const { sets } = set.table
    draft.drop(sets, set.name)
    for (const element of set.elements.values()) count(element, -1, draft)
  }
}

function count({ sets, objects, chains }: References, by: number, draft: Draft): void {
  for (const one of [...sets, ...objects, ...chains]) draft.assign(one, { references: one.references + by })
}
