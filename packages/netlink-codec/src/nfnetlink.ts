/**
 * What all netfilter families share: `struct nfgenmsg`, subsystems, groups, hooks, transactions, and the protocol that families are composed to.
 *
 * @module
 */
export { type BatchAttrs, batchAttrs, batchMessage } from './nfnetlink/batch.ts'
export { family, group, hook, subsystem, verdict } from './nfnetlink/constants.ts'
export { type Family, messageOf } from './nfnetlink/family.ts'
export {
  encodeMessage,
  type NetfilterHeader,
  NetfilterMessage,
  netfilterHeaderSize,
  netfilterOf,
} from './nfnetlink/header.ts'
export { netfilter } from './nfnetlink/netfilter.ts'
