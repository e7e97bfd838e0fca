/**
 * nf_tables: tables, chains, rules, sets, objects, flowtables and traces; the expressions of rules, those of iptables' extensions included.
 *
 * @module
 */

export { type NftChain, type NftDevice, type NftHook, nftChain, nftDevice, nftHook } from './nftables/chain.ts'
export { type NftData, type NftVerdict, nftData, nftVerdict, objectType, verdictDataType } from './nftables/data.ts'
export {
  type Expression,
  type ExpressionData,
  type ExpressionName,
  expression,
  expressionData,
} from './nftables/expression.ts'
export type { ExpressionOf } from './nftables/expressions/shape.ts'
export { type StatefulExpression, statefulData, statefulExpression } from './nftables/expressions/stateful.ts'
export { nftFlags } from './nftables/flags.ts'
export { type NftFlowtable, type NftFlowtableHook, nftFlowtable, nftFlowtableHook } from './nftables/flowtable.ts'
export { compatMessage, nftMessage } from './nftables/message.ts'
export { type NftObject, nftObject, type ObjectData, type ObjectType, objectData } from './nftables/object.ts'
export { type NftCompat, type NftRule, type NftRuleCompat, nftCompat, nftRule, nftRuleCompat } from './nftables/rule.ts'
export {
  type NftElement,
  type NftElements,
  type NftSet,
  type NftSetDesc,
  type NftSetField,
  nftElement,
  nftElements,
  nftSet,
  nftSetDesc,
  nftSetField,
} from './nftables/set.ts'
export { type NftGeneration, type NftTable, nftGeneration, nftTable } from './nftables/table.ts'
export { ctStateBits, type NftTrace, nftTrace } from './nftables/trace.ts'
