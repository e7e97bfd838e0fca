import { formatHex } from '@nfkit/inet'
import {
  type ChainRule,
  type Change,
  type Element,
  type ListedTable,
  printChange,
  printElement,
  printRule,
} from '@nfkit/nftables'

/** A table as JSON has it: rules and elements with their text. */
export const tableJson = ({ chains, sets, ...rest }: ListedTable, generation: number): unknown =>
  plain({
    generation,
    ...rest,
    chains: chains.map((one) => ({ ...one, rules: one.rules.map(ruleJson) })),
    sets: sets.map((one) => ({ ...one, elements: one.elements.map(elementJson) })),
  })

/** A change as JSON has it. */
export const changeJson = (change: Change): unknown => plain({ ...change, text: printChange(change) })

const ruleJson = (rule: ChainRule) => ({ text: printRule(rule), ...rule })

/** Without the set, which it is in. */
function elementJson(element: Element): object {
  const { set: _, ...rest } = element
  return { text: printElement(element), ...rest }
}

/** 64-bit numbers as decimal text, bytes as hexadecimal. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint8Array) return formatHex(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, plain(inside)]))
}
