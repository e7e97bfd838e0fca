/**
 * What is unusual in a hello that some servers read all the same. Servers differ in what they make of each: one that refuses it stands beside
 * one that goes on. No browser and no common library sends any of these.
 */
export const tlsOddities = {
  fragmented: 'the hello is spread over more records than its length needs',
  emptyRecord: 'a record without content stands in front of the hello or inside of it',
  changeCipherSpec: 'a change_cipher_spec stands in front of the hello or inside of it',
  alert: 'a warning stands in front of the hello or inside of it',
  recordVersion: 'a record has a version that no TLS has',
  trailing: 'more of the handshake follows in the record of the hello',
  sslv2: 'the hello has the form of SSL 2: without extensions, so without a name',
  legacyVersion: 'the version in front is none that a client sends',
  sessionId: 'the session id is longer than 32 bytes',
  compression: 'compression is offered, or nothing at all',
  duplicateExtension: 'an extension stands there twice: the first was read',
  preSharedKey: 'extensions follow behind pre_shared_key',
  serverNames: 'there are several server names: the first was read',
  serverNameType: 'a server name of an unknown type stands there',
  serverNameUnusable: 'the server name is empty, longer than 255 bytes, or has characters that no host name has',
} as const

/** A key of `tlsOddities`. */
export type TlsOddity = keyof typeof tlsOddities

/** Add an oddity to those of a hello, once. */
export function mark(odd: TlsOddity[], one: TlsOddity): void {
  if (!odd.includes(one)) odd.push(one)
}
