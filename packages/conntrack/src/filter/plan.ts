import type { Conntrack, Flow, TupleAttrs } from '@nfkit/netlink-codec/conntrack'
import { family as families } from '@nfkit/netlink-codec/nfnetlink'
import type { Features } from '../features.ts'
import { CompiledFilter } from './compile.ts'
import type { Condition, TuplePush } from './condition.ts'
import type { FilterExplanation } from './filter.ts'

/** A filter, divided between the kernel and here. */
export interface Plan {
  /** `nfgen_family`; 0 for all. */
  readonly family: number
  /** What the kernel is told. */
  readonly attrs: Conntrack
  /** What is left to check; `undefined` when nothing is. */
  readonly matches: ((flow: Flow) => boolean) | undefined
  readonly explanation: FilterExplanation
}

/** Which features of the kernel a filter could use: only those need to be probed. */
export function wantedFeatures({ conditions }: CompiledFilter): Set<keyof Features> {
  const wanted = new Set<keyof Features>()
  for (const { push } of conditions) {
    if (push?.kind === 'attrs') wanted.add(push.needs)
    if (push?.kind === 'tuple') wanted.add('tuple')
  }
  return wanted
}

export function planOf({ conditions }: CompiledFilter, features: Features): Plan {
  const family =
    conditions.map(({ push }) => (push?.kind === 'family' ? push.family : 0)).find((found) => found !== 0) ?? 0
  const told = new Set<keyof Features>()
  const pushed = conditions.filter(({ push }) => push && isHonoured(push, features, family) && isFirst(push, told))
  const kernel = pushed.filter(({ push }) => !(push?.kind === 'attrs' && push.coarse))
  const here = conditions.filter((condition) => !kernel.includes(condition))
  return {
    family,
    attrs: attrsOf(pushed, family),
    matches: here.length === 0 ? undefined : new CompiledFilter(here).matches,
    explanation: {
      kernel: kernel.map(({ text }) => text),
      here: here.map(({ text }) => text),
      events: conditions.filter(({ tests }) => tests !== undefined).map(({ text }) => text),
    },
  }
}

function isHonoured(push: NonNullable<Condition['push']>, features: Features, family: number): boolean {
  switch (push.kind) {
    case 'family':
      return true
    case 'attrs':
      return features[push.needs]
    case 'tuple':
      return features.tuple && (family === families.ipv4 || family === families.ipv6)
    default:
      return push satisfies never
  }
}

/** Of an attribute the kernel is told one value: a second condition on it is checked here. */
function isFirst(push: NonNullable<Condition['push']>, told: Set<keyof Features>): boolean {
  if (push.kind !== 'attrs') return true
  if (told.has(push.needs)) return false
  told.add(push.needs)
  return true
}

function attrsOf(conditions: readonly Condition[], family: number): Conntrack {
  let attrs: Conntrack = {}
  let flags = 0
  let tuple: TuplePush = {}
  for (const { push } of conditions) {
    if (push?.kind === 'attrs') attrs = { ...attrs, ...push.attrs }
    if (push?.kind === 'tuple') {
      flags |= push.flags
      tuple = { ...tuple, ...push.tuple }
    }
  }
  return flags === 0 ? attrs : { ...attrs, tupleOrig: encode(tuple, family), filter: { origFlags: flags } }
}

function encode({ protocol, source, destination, sourcePort, destinationPort }: TuplePush, family: number): TupleAttrs {
  const addressed = source !== undefined || destination !== undefined
  const ip = family === families.ipv4 ? { v4Src: source, v4Dst: destination } : { v6Src: source, v6Dst: destination }
  return {
    ip: addressed ? ip : undefined,
    proto: protocol === undefined ? undefined : { num: protocol, srcPort: sourcePort, dstPort: destinationPort },
  }
}
