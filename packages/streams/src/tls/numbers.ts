/** Extensions of a hello by the names of IANA's registry, in camel case. A hello holds others, too. */
export const tlsExtension = {
  serverName: 0,
  maxFragmentLength: 1,
  statusRequest: 5,
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  alpn: 16,
  signedCertificateTimestamp: 18,
  padding: 21,
  encryptThenMac: 22,
  extendedMasterSecret: 23,
  compressCertificate: 27,
  recordSizeLimit: 28,
  delegatedCredential: 34,
  sessionTicket: 35,
  preSharedKey: 41,
  earlyData: 42,
  supportedVersions: 43,
  cookie: 44,
  pskKeyExchangeModes: 45,
  certificateAuthorities: 47,
  postHandshakeAuth: 49,
  signatureAlgorithmsCert: 50,
  keyShare: 51,
  quicTransportParameters: 57,
  nextProtocolNegotiation: 0x3374,
  applicationSettings: 0x44cd,
  encryptedClientHello: 0xfe0d,
  renegotiationInfo: 0xff01,
} as const

/** Versions as the wire has them. */
export const tlsVersion = { ssl3: 0x300, tls10: 0x301, tls11: 0x302, tls12: 0x303, tls13: 0x304 } as const

/** Groups of a key exchange by the names of IANA's registry, in camel case. A hello names others, too. */
export const tlsGroup = {
  secp256r1: 0x17,
  secp384r1: 0x18,
  secp521r1: 0x19,
  x25519: 0x1d,
  x448: 0x1e,
  mlkem512: 0x200,
  mlkem768: 0x201,
  mlkem1024: 0x202,
  secp256r1Mlkem768: 0x11eb,
  x25519Mlkem768: 0x11ec,
  secp384r1Mlkem1024: 0x11ed,
  x25519Kyber768Draft: 0x6399,
} as const

/**
 * Whether a number is one of those that clients send to keep servers tolerant (RFC 8701): 0x0a0a, 0x1a1a and so on to 0xfafa, as a cipher
 * suite, extension, group, version or signature algorithm.
 */
export const isGrease = (number: number): boolean => (number & 0x0f0f) === 0x0a0a && number >> 8 === (number & 0xff)
