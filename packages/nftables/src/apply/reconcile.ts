import type { RuleBatch } from '../commit/batch.ts'
import type { ListedChain, ListedSet, ListedTable } from '../reading/listing.ts'
import type { Mapping } from '../statements/map/mapping.ts'
import { Chain } from '../values/chain.ts'
import type { Element } from '../values/element.ts'
import type { Rule } from '../values/rule.ts'
import { elementIdentity, elementKey, objectIdentity, ruleIdentity, setIdentity } from './identity.ts'
import { commonSequence } from './sequence.ts'
import { objectKey, type WantedTable } from './wanted.ts'

/** Adds to a batch what makes a table as it is wanted. Everything happens at once; the order is that of names. */
export function reconcile(batch: RuleBatch, wanted: WantedTable, listed: ListedTable | undefined): void {
  if (listed === undefined) make(batch, wanted)
  else change(batch, wanted, listed)
}

function change(batch: RuleBatch, wanted: WantedTable, listed: ListedTable): void {
  const sets = new Map(listed.sets.map((one) => [one.set.name, one]))
  const objects = new Map(listed.objects.map(({ object }) => [objectKey(object), object]))
  const chains = new Map(listed.chains.map((one) => [one.chain.name, one]))
  const stale = {
    sets: listed.sets.filter(({ set }) => !isSameSet(wanted.sets.get(set.name)?.set, set)),
    objects: listed.objects.filter(
      ({ object }) => !isSame(wanted.objects.get(objectKey(object)), object, objectIdentity),
    ),
    chains: listed.chains.filter(({ chain }) => !stays(chain, wanted.chains.get(chain.name)?.chain)),
  }
  const names = new Set([...stale.sets.map(({ set }) => set.name), ...stale.objects.map(({ object }) => object.name)])
  const isStale = (rule: Rule) =>
    names.size > 0 && rule.body.some((clause) => referencesOf(clause).some((name) => names.has(name)))

  const plans = [...wanted.chains.values()].map(({ chain, rules }) => {
    const there = chains.get(chain.name)
    return {
      chain,
      there,
      ...rulesOf(there !== undefined && stays(there.chain, chain) ? there.rules : [], rules, isStale),
    }
  })
  const fresh = plans.filter(
    ({ there, chain }) =>
      there === undefined || !stays(there.chain, chain) || policyOf(there.chain) !== policyOf(chain),
  )
  // What is taken away comes first: rules before the sets and chains they name.
  for (const { gone } of plans) batch.delete(...gone)
  for (const one of stale.chains) if (one.rules.length > 0) batch.flush(one.chain)
  for (const { set, elements } of listed.sets)
    if (set.kind === 'map' && !stale.sets.some((one) => one.set === set))
      batch.delete(...unwanted(elements, wanted.sets.get(set.name)?.elements ?? [], set.timeouts || set.dynamic))
  for (const { set } of stale.sets) batch.delete(set)
  for (const { object } of stale.objects) batch.delete(object)
  for (const { chain } of stale.chains) drop(batch, chain, wanted.chains.has(chain.name))
  batch.add(...fresh.map(({ chain }) => chain))
  batch.add(
    ...[...wanted.objects]
      .filter(([key, object]) => !isSame(object, objects.get(key), objectIdentity))
      .map(([, object]) => object),
  )
  for (const one of wanted.sets.values()) elementsOf(batch, one, sets.get(one.set.name))
  for (const { added } of plans)
    for (const { rule, behind } of added) behind === undefined ? batch.insert(rule) : batch.addAfter(behind, rule)
}

/** A table that is not there. */
function make(batch: RuleBatch, { table, chains, sets, objects }: WantedTable): void {
  batch.add(table, ...[...chains.values()].map(({ chain }) => chain), ...objects.values())
  for (const { set, elements } of sets.values()) batch.add(set, ...elements)
  for (const { rules } of chains.values()) batch.add(...rules)
}

const isSame = <T>(a: T | undefined, b: T | undefined, identity: (one: T) => string): boolean =>
  a !== undefined && b !== undefined && identity(a) === identity(b)

const isSameSet = (wanted: ListedSet['set'] | undefined, there: ListedSet['set'] | undefined): boolean =>
  isSame(wanted, there, setIdentity) && (wanted?.size === undefined || wanted.size === there?.size)

/** Whether a chain can stay and become the one that is wanted: only its policy can change. */
function stays({ base }: Chain, wanted: Chain | undefined): boolean {
  if (wanted === undefined) return false
  const place = ({ hook, priority, type, device }: NonNullable<Chain['base']>) =>
    `${hook} ${priority} ${type} ${device}`
  if (base === undefined || wanted.base === undefined) return base === wanted.base
  return place(base) === place(wanted.base)
}

const policyOf = ({ base }: Chain): string | undefined => base?.policy

/**
 * A base chain that is not wanted keeps its hook, without rules and with the policy `accept`: a hook that is taken away drops all packets that
 * wait in queues. One whose hook must be another cannot keep it.
 */
function drop(batch: RuleBatch, chain: Chain, isReplaced: boolean): void {
  const { base } = chain
  if (base === undefined || isReplaced) batch.delete(chain)
  else if (base.policy !== 'accept')
    batch.add(new Chain({ family: chain.family, name: chain.table }, chain.name, { ...base, policy: 'accept' }))
}

interface RulePlan {
  readonly gone: readonly Rule[]
  readonly added: readonly { readonly rule: Rule; readonly behind: Rule | undefined }[]
}

/** What is to be done with the rules of a chain: those that stay keep their handles and counters. */
function rulesOf(there: readonly Rule[], wanted: readonly Rule[], isStale: (rule: Rule) => boolean): RulePlan {
  const { kept } = commonSequence(
    there.map((rule, i) => (isStale(rule) ? `stale ${i}` : ruleIdentity(rule))),
    wanted.map(ruleIdentity),
  )
  const staying = new Set(kept)
  let behind: Rule | undefined
  const added: { rule: Rule; behind: Rule | undefined }[] = []
  for (const [i, rule] of wanted.entries()) {
    const at = kept[i]
    if (at === undefined) added.push({ rule, behind })
    behind = at === undefined ? rule : there[at]
  }
  return { gone: there.filter((_, i) => !staying.has(i)), added }
}

/** Sets whose elements come and go by themselves keep those that are not wanted. */
function elementsOf(
  batch: RuleBatch,
  { set, elements }: { readonly set: ListedSet['set']; readonly elements: readonly Element[] },
  listed: ListedSet | undefined,
): void {
  if (!isSameSet(set, listed?.set)) {
    batch.add(set, ...elements)
    return
  }
  const there = new Map(listed!.elements.map((element) => [elementKey(element), element]))
  if (set.kind === 'set') batch.delete(...unwanted(listed!.elements, elements, set.timeouts || set.dynamic))
  batch.add(...elements.filter((element) => !isSame(element, there.get(elementKey(element)), elementIdentity)))
}

/** Elements to take away: those that are not wanted, and those that are wanted otherwise. */
function unwanted(there: readonly Element[], wanted: readonly Element[], isLoose: boolean): readonly Element[] {
  const byKey = new Map(wanted.map((element) => [elementKey(element), element]))
  return there.filter((element) => {
    const other = byKey.get(elementKey(element))
    return other === undefined ? !isLoose : elementIdentity(other) !== elementIdentity(element)
  })
}

/** The sets, maps and objects of the table that a clause names. */
function referencesOf(clause: Rule['body'][number]): readonly string[] {
  switch (clause.kind) {
    case 'match':
      return 'set' in clause.right ? [clause.right.set] : []
    case 'vmap':
      return mapOf(clause)
    case 'assign':
      return 'lookup' in clause.value ? mapOf(clause.value.lookup) : []
    case 'snat':
    case 'dnat':
      return [...mapOf(clause.address), ...mapOf(clause.port)]
    case 'masquerade':
    case 'redirect':
      return mapOf(clause.port)
    case 'dynamic':
      return [clause.set]
    case 'object':
      return [clause.name]
    default:
      return []
  }
}

/** The map of the table that is looked into; none for anything else. */
const mapOf = (of: unknown): readonly string[] =>
  typeof of === 'object' && of !== null && 'map' in of ? namesIn(of.map as Mapping<unknown>) : []

const namesIn = (mapping: Mapping<unknown>): readonly string[] => ('map' in mapping ? [mapping.map] : [])

/** Whether a chain of the kernel loses its hook in a batch: then packets that wait in queues are lost. */
export const losesHook = ({ chain }: ListedChain, wanted: WantedTable | undefined): boolean => {
  const other = wanted?.chains.get(chain.name)?.chain
  return chain.base !== undefined && other !== undefined && !stays(chain, other)
}
