import { EncodeError } from '@nfkit/netlink-codec'
import { type Condition, here } from './condition.ts'
import { endpoints } from './endpoint-condition.ts'
import { familyIs, labelled, markIs, protocolIs, stateIs, statusIs, zoneIs } from './field-condition.ts'
import type { FlowFilter } from './filter.ts'
import { hostIs, portIs } from './host-condition.ts'

/** Every key a filter may have: one that is misspelt would widen it in silence. */
const keys: { readonly [key in keyof Required<FlowFilter>]: true } = {
  family: true,
  protocol: true,
  source: true,
  destination: true,
  sourcePort: true,
  destinationPort: true,
  direction: true,
  host: true,
  port: true,
  mark: true,
  status: true,
  zone: true,
  label: true,
  state: true,
  id: true,
  not: true,
  where: true,
}

/** A filter taken apart; a mask without bits is no condition. Throws `EncodeError` for what cannot be meant. */
export function conditionsOf(filter: FlowFilter): Condition[] {
  for (const key of Object.keys(filter))
    if (!Object.hasOwn(keys, key)) throw new EncodeError('FlowFilter', `there is no condition "${key}"`)
  const conditions: (Condition | undefined)[] = [
    filter.family !== undefined ? familyIs(filter.family) : undefined,
    filter.protocol !== undefined ? protocolIs(filter.protocol) : undefined,
    ...endpoints(filter),
    filter.host !== undefined ? hostIs(filter.host) : undefined,
    filter.port !== undefined ? portIs(filter.port) : undefined,
    filter.mark !== undefined ? markIs(filter.mark) : undefined,
    filter.status !== undefined ? statusIs(filter.status) : undefined,
    filter.zone !== undefined ? zoneIs(filter.zone) : undefined,
    filter.state !== undefined ? stateIs(filter.state) : undefined,
    filter.label !== undefined ? labelled(filter.label) : undefined,
    filter.id !== undefined ? here(`id = ${filter.id}`, true, (flow) => flow.id === filter.id) : undefined,
    filter.not && except(conditionsOf(filter.not)),
    filter.where && here('where(flow)', false, filter.where),
  ]
  return conditions.filter((condition) => condition !== undefined)
}

function except(conditions: readonly Condition[]): Condition {
  const text = conditions.map((condition) => condition.text).join(' and ')
  const constant = conditions.every((condition) => condition.constant)
  return here(`not (${text})`, constant, (flow) => !conditions.every((condition) => condition.matches(flow)))
}
