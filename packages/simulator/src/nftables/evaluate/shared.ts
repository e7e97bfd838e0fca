import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { Step } from '../state/chain.ts'
import type { NftTableState } from '../state/table.ts'

/** Expressions whose steps keep nothing and refer to nothing that may go: what they do is all in what they say. */
const plain: readonly string[] = ['meta', 'payload', 'cmp', 'range']

/** So many are kept of a table; then they are forgotten, and made anew as they come. */
const most = 4_096

const kept = new WeakMap<NftTableState, Map<string, Step>>()

/**
 * The step of an expression; those of a table that say the same have one. Of a thousand rules most look at the same few things, and a step that
 * all of them run is in the processor's nearest cache, where a thousand steps are not.
 */
export function shared({ name, data }: Expression, table: NftTableState, make: () => Step): Step {
  if (!plain.includes(name)) return make()
  let steps = kept.get(table)
  if (steps === undefined || steps.size >= most) {
    steps = new Map()
    kept.set(table, steps)
  }
  const key = `${name} ${JSON.stringify(data)}`
  let step = steps.get(key)
  if (step === undefined) {
    step = make()
    steps.set(key, step)
  }
  return step
}
