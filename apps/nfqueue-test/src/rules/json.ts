import {
  type ChainRule,
  type Change,
  type Element,
  type ListedChain,
  type ListedObject,
  type ListedSet,
  type ListedTable,
  type Other,
  printChange,
  printElement,
  printRule,
} from '@nfkit/nftables'

/** A table for programs: its parts by name and number, and what they say in nft's words. */
export const tableJson = (
  { table, handle, owner, chains, sets, objects, others }: ListedTable,
  generation: number,
) => ({
  generation,
  family: table.family,
  name: table.name,
  handle: String(handle),
  flags: (['dormant', 'owner', 'persist'] as const).filter((flag) => table[flag]),
  portId: owner,
  comment: table.comment,
  chains: chains.map(chainJson),
  sets: sets.map(setJson),
  objects: objects.map(objectJson),
  others: others.map(({ kind, attributes }) => ({ kind, name: otherName(attributes) })),
})

/** A change for programs: what it is about, and nft's words for it. */
export const changeJson = (change: Change) => ({
  action: change.action,
  ...placeOf(change.what),
  text: printChange(change),
})

const chainJson = ({ chain: { name, base, comment }, handle, rules }: ListedChain) => ({
  name,
  handle: String(handle),
  base,
  comment,
  rules: rules.map(ruleJson),
})

const ruleJson = (rule: ChainRule) => {
  const { handle, comment, source } = rule
  return { handle: String(handle), text: printRule(rule), comment, source }
}

function setJson({ set, handle, elements }: ListedSet) {
  const { family: _, table: __, ...rest } = set
  return { ...rest, handle: String(handle), elements: elements.map(elementJson) }
}

const elementJson = (element: Element) => {
  const { timeoutMilliseconds, expiresMilliseconds, comment } = element
  return { text: printElement(element), timeoutMilliseconds, expiresMilliseconds, comment }
}

const objectJson = ({ object, handle }: ListedObject) => ({
  name: object.name,
  handle: String(handle),
  type: object.type,
  text: printChange({ action: 'add', what: object }),
})

/** What a change is about, by its names. */
function placeOf(what: Change['what']): object {
  const { kind } = what
  if ('attributes' in what) return { kind, table: what.attributes.table, name: otherName(what.attributes) }
  switch (what.kind) {
    case 'table':
      return { kind, family: what.family, name: what.name }
    case 'rule':
      return { kind, family: what.family, table: what.table, chain: what.chain, handle: what.handle?.toString() }
    case 'element':
      return { kind, family: what.set.family, table: what.set.table, name: what.set.name }
    default:
      return { kind, family: what.family, table: what.table, name: what.name }
  }
}

const otherName = (attributes: Other['attributes']): string | undefined =>
  'set' in attributes ? attributes.set : (attributes as { readonly name?: string }).name
