/**
 * What the packages of nfkit share about the Internet: addresses and networks as text and bytes, protocol numbers, the tuple that
 * names one direction of a connection, and values under a mask. It depends on nothing and runs anywhere.
 *
 * @module
 */
export { formatAddress, formatHardwareAddress, parseAddress, sameAddress } from './address/address.ts'
export {
  contains,
  formatNetwork,
  isSingle,
  type Network,
  parseNetwork,
  prefixMask,
  samePrefix,
} from './address/network.ts'
export { parseIpv4 } from './address/parse.ts'
export { formatHex, parseHex } from './hex.ts'
export { inspect } from './inspect.ts'
export { applyMask, type Masked, matchesMask } from './masked.ts'
export {
  hasKeys,
  hasPorts,
  type IpProtocolName,
  icmpAnswer,
  ipProtocol,
  ipProtocolName,
  isIcmp,
  protocolName,
  protocolNumber,
} from './protocol.ts'
export { formatEnd, formatTuple, parseEnd, parseTuple } from './tuple/text.ts'
export { type IcmpIdentity, keyOf, mirror, type Tuple, type TupleEnd } from './tuple/tuple.ts'
