import {
  type NftChain,
  type NftObject,
  type NftRule,
  type NftTable,
  nftFlags,
  type ObjectData,
} from '@nfkit/netlink-codec/nftables'
import { meterOf } from '../raising/actions/meter.ts'
import type { KnownSets } from '../raising/members.ts'
import { raise } from '../raising/rule.ts'
import { commentOf, sourceOf } from '../raising/userdata.ts'
import { Chain, type ChainOptions } from '../values/chain.ts'
import { type CtHelper, ctHelper, helperProtocols } from '../values/helper.ts'
import { familyName, hookName } from '../values/hook.ts'
import type { NamedObject } from '../values/object.ts'
import type { Rule } from '../values/rule.ts'
import { Table } from '../values/table.ts'
import type { ListedChain, ListedObject, ListedSet, ListedTable, Other, Ruleset } from './listing.ts'
import { made, type Raw, type RawRuleset, type RawSet } from './raw.ts'
import { elementsOf, knownSetsOf, setOf } from './set.ts'

/** What was read, as values. */
export function list(raw: RawRuleset): Ruleset {
  return Object.freeze({ generation: raw.generation, tables: raw.tables.map((table) => listTable(table, raw)) })
}

function listTable({ family, attributes }: Raw<NftTable>, raw: RawRuleset): ListedTable {
  const { name = '', handle = 0n, owner } = attributes
  const inside = <T extends Raw<{ readonly table?: string | undefined }>>(all: readonly T[]): readonly T[] =>
    all.filter((one) => one.family === family && one.attributes.table === name)
  const others: Other[] = []
  const sets = inside(raw.sets)
  const known = knownSetsOf(sets)
  const rules = inside(raw.rules).map((rule) => ruleOf(rule, known))
  const rulesOf = (chain: string | undefined) => rules.filter((rule) => rule.chain === chain)
  const chains = inside(raw.chains).flatMap((chain) => listChain(chain, rulesOf(chain.attributes.name), others))
  return Object.freeze({
    table: tableOf({ family, attributes }),
    handle,
    ...(owner === undefined ? {} : { owner }),
    chains,
    sets: sets.flatMap((set) => listSet(set, others)),
    objects: inside(raw.objects).flatMap((object) => listObject(object, others)),
    others: [
      ...others,
      ...inside(raw.flowtables).map(({ attributes }) => ({ kind: 'flowtable', attributes }) as const),
    ],
  })
}

/** A table as a value. */
export function tableOf({ family, attributes: { name = '', flags = 0, userdata } }: Raw<NftTable>): Table {
  const { owner, persist, dormant } = nftFlags.table
  const has = (flag: number): boolean => (flags & flag) !== 0
  return new Table(family, name, {
    owner: has(owner),
    persist: has(persist),
    dormant: has(dormant),
    comment: commentOf(userdata),
  })
}

function listChain(raw: Raw<NftChain>, rules: readonly Rule[], others: Other[]): readonly ListedChain[] {
  const chain = chainOf(raw)
  if (chain) return [Object.freeze({ chain, handle: raw.attributes.handle ?? 0n, rules })]
  others.push({ kind: 'chain', attributes: raw.attributes, rules })
  return []
}

/** A chain as a value; `undefined` for one that no value is: of several devices, or of a hook or type without a name. */
export function chainOf({ family, attributes }: Raw<NftChain>): Chain | undefined {
  const { table = '', name = '', hook, policy, type, userdata } = attributes
  const comment = commentOf(userdata)
  if (hook === undefined) return new Chain({ family, name: table }, name, { comment })
  if ((hook.devs?.length ?? 0) > 1 || hook.devs?.some(({ name }) => name === undefined)) return undefined
  const device = hook.dev ?? hook.devs?.[0]?.name
  const base = { hook: hookName(family, hook.hooknum ?? 0), priority: hook.priority, policy, type, device, comment }
  return made(() =>
    base.hook === undefined ? undefined : new Chain({ family, name: table }, name, base as ChainOptions),
  )
}

/** A rule as a value. */
export function ruleOf({ family, attributes }: Raw<NftRule>, sets: KnownSets): Rule {
  const { table = '', chain = '', handle, expressions = [], userdata } = attributes
  const [comment, source] = [commentOf(userdata), sourceOf(userdata)]
  return Object.freeze({
    kind: 'rule',
    family,
    table,
    chain,
    body: Object.freeze(raise(expressions, family, sets)),
    ...(comment === undefined ? {} : { comment }),
    ...(source === undefined ? {} : { source }),
    ...(handle === undefined ? {} : { handle }),
  })
}

function listSet(raw: RawSet, others: Other[]): readonly ListedSet[] {
  if (((raw.attributes.flags ?? 0) & nftFlags.set.anonymous) !== 0) return []
  const set = setOf(raw)
  if (set === undefined) {
    others.push({ kind: 'set', attributes: raw.attributes })
    if (raw.elements.length > 0) others.push(elementsOther(raw, raw.elements))
    return []
  }
  const { elements, left } = elementsOf(set, raw.elements)
  if (left.length > 0) others.push(elementsOther(raw, left))
  return [Object.freeze({ set, handle: raw.attributes.handle ?? 0n, elements })]
}

const elementsOther = ({ attributes: { table, name } }: RawSet, elements: RawSet['elements']): Other => ({
  kind: 'elements',
  attributes: { table, set: name, elements },
})

function listObject(raw: Raw<NftObject>, others: Other[]): readonly ListedObject[] {
  const object = objectOf(raw)
  if (object) return [Object.freeze({ object, handle: raw.attributes.handle ?? 0n })]
  others.push({ kind: 'object', attributes: raw.attributes })
  return []
}

/** An object as a value; `undefined` for one that is no counter, quota, limit or helper. */
export function objectOf({ family, attributes }: Raw<NftObject>): NamedObject | undefined {
  const { table = '', name = '', type, data } = attributes
  const state = made(() =>
    type === 'ctHelper' ? helperOf(data as ObjectData<'ctHelper'>) : meterOf({ name: String(type), data } as never),
  )
  return state && (Object.freeze({ kind: 'object', family, table, name, type: state.kind, state }) as NamedObject)
}

function helperOf({ name = '', l3proto = 0, l4proto }: ObjectData<'ctHelper'>): CtHelper {
  const protocol = (Object.keys(helperProtocols) as CtHelper['protocol'][]).find(
    (one) => helperProtocols[one] === l4proto,
  )
  return ctHelper('inet', { helper: name, protocol: protocol!, family: familyName(l3proto) as CtHelper['family'] })
}
