import { compress, digest, initial } from './sha256.ts'

/** The state after one block of the key with each byte changed by `pad`. */
function keyed(key: Uint8Array, pad: number): Int32Array {
  const block = new Uint8Array(64).fill(pad)
  for (let i = 0; i < key.length; i++) block[i]! ^= key[i]!
  const state = initial.slice()
  compress(state, block, 0)
  return state
}

/** HMAC-SHA256 (RFC 2104) under a key of at most 64 bytes, for any number of texts. */
export function hmac(key: Uint8Array): (text: Uint8Array) => Uint8Array {
  const inner = keyed(key, 0x36)
  const outer = keyed(key, 0x5c)
  return (text) => digest(outer, digest(inner, text, 64), 64)
}
