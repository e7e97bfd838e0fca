import { meters } from '../evaluate/meter/begin.ts'
import type { NftRuleState } from '../state/chain.ts'
import type { NftElementState } from '../state/set.ts'
import type { NftObjectState } from '../state/table.ts'

interface Counting {
  readonly name: string
  readonly data?: object | undefined
}

/** Counts are in the data that is listed: they begin anew there. */
function reset({ name, data }: Counting): void {
  if (data && Object.hasOwn(meters, name)) Object.assign(data, meters[name]!.counts)
}

/** The counts of a rule begin anew. */
export const resetRule = ({ expressions }: NftRuleState): void => expressions.forEach(reset)

/** The counts of an element begin anew. */
export function resetElement({ value: { expr, expressions = expr ? [expr] : [] } }: NftElementState): void {
  expressions.forEach(reset)
}

/** The counts of an object begin anew. */
export const resetObject = ({ value: { type, data } }: NftObjectState): void => reset({ name: `${type}`, data })
