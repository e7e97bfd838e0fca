import { type KeyObject, sign, verify } from 'node:crypto'

/** Why a message is not taken. */
export const refusals = {
  oversized: 'it is longer than messages may be',
  malformed: 'it makes no sense',
  stranger: 'its author has no key here',
  signature: 'its signature is not that of its author, or it is for another fleet',
  replay: 'its author has said something later already',
  broken: 'a snapshot that is not whole',
  full: 'more would be listed than is kept',
} as const

/** Why a message is not taken. */
export type FleetRefusal = keyof typeof refusals

const version = 1
const signatureBytes = 64
const utf8 = new TextEncoder()

/** What is signed: a message for one fleet is none for another. */
const signedBytes = (fleet: string, author: string, body: Uint8Array): Uint8Array =>
  Buffer.concat([utf8.encode(`nfkit fleet ${version}\0${fleet}\0${author}\0`), body])

/** A message: version, author with its length, Ed25519 signature, body. */
export function seal(fleet: string, author: string, key: KeyObject, body: Uint8Array): Uint8Array {
  const name = utf8.encode(author)
  const signature = sign(null, signedBytes(fleet, author, body), key)
  return Buffer.concat([Uint8Array.of(version, name.length), name, signature, body])
}

/** Who has said what; or why it is not known. Nothing of the body is read before its signature is known to be right. */
export function unseal(
  fleet: string,
  keys: ReadonlyMap<string, KeyObject>,
  message: Uint8Array,
): { readonly author: string; readonly body: Uint8Array } | FleetRefusal {
  const nameEnd = 2 + (message[1] ?? 0)
  const bodyAt = nameEnd + signatureBytes
  if (message[0] !== version || message.length <= bodyAt) return 'malformed'
  const author = new TextDecoder().decode(message.subarray(2, nameEnd))
  const key = keys.get(author)
  if (key === undefined) return 'stranger'
  const body = message.subarray(bodyAt)
  const isRight = verify(null, signedBytes(fleet, author, body), key, message.subarray(nameEnd, bodyAt))
  return isRight ? { author, body } : 'signature'
}
