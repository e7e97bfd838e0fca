/** A TLS ClientHello of 202 bytes for `example.com`, as openssl 3.0.19 makes it; its random, session id and key count up. */
export const hello = Uint8Array.from(
  Buffer.from(
    '16030100c5010000c10303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20202122232425262728292a2b2c2d2e2f' +
      '303132333435363738393a3b3c3d3e3f0004130100ff0100007400000010000e00000b6578616d706c652e636f6d000b000403000102000a00040002' +
      '001d0010000500030268320016000000170000000d000400020403002b0003020304002d00020101003300260024001d0020404142434445464748494a' +
      '4b4c4d4e4f505152535455565758595a5b5c5d5e5f',
    'hex',
  ),
)

const found = Buffer.from(hello).indexOf('example.com')
/** Where its name begins and ends. */
export const nameAt = [found, found + 11] as const

/** What becomes of a connection by the name in its hello, once all of that is there. */
export function byName(bytes: Uint8Array): 'accept' | 'drop' | undefined {
  const length = bytes.length < 5 ? Number.POSITIVE_INFINITY : 5 + bytes[3]! * 256 + bytes[4]!
  if (bytes.length < length) return undefined
  return Buffer.from(bytes).includes('example.com') ? 'drop' : 'accept'
}
