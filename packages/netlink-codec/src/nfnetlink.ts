/**
 * What all netfilter families share: `struct nfgenmsg`, subsystems, groups, hooks, and the protocol that families are composed to.
 *
 * @module
 */
export { family, group, hook, subsystem, verdict } from './nfnetlink/constants.ts'
export {
  encodeMessage,
  type NetfilterHeader,
  NetfilterMessage,
  netfilterHeaderSize,
  netfilterOf,
} from './nfnetlink/header.ts'
export { type Family, messageOf, netfilter } from './nfnetlink/netfilter.ts'
