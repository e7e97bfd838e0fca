import { littleEndian } from '@nfkit/netlink-codec'

/**
 * A big-endian 32-bit value as the host's word: what a store through a `Uint32Array` writes in network order. Signed, for V8 would
 * allocate an unsigned one.
 */
export const networkWord: (value: number) => number = littleEndian
  ? (v) => (v << 24) | ((v << 8) & 0xff_0000) | ((v >>> 8) & 0xff00) | (v >>> 24)
  : (v) => v | 0
