import type { Condition } from '../filter/condition.ts'
import type { FlowFilter } from '../filter/filter.ts'

/**
 * What has to be dumped to know which flows match. An event tells mark and status, and labels or a state only when those changed: a
 * flow that fails the filter for its mark can meet it later in an event that says nothing of its labels, so that all are needed.
 */
export function dumpFilter(filter: FlowFilter, conditions: readonly Condition[]): FlowFilter {
  if (conditions.every((condition) => condition.constant || condition.tests !== undefined)) return filter
  const { mark, status, state, label, not, where, ...constant } = filter
  return constant
}
