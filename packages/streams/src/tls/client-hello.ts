import { Cursor } from '../reader/cursor.ts'
import { extensionReaders, isAnyTwice, readExtensions, readList, readProtocols } from './extensions.ts'
import { tlsExtension, tlsVersion } from './numbers.ts'
import { mark, type TlsOddity } from './oddity.ts'
import { refuse } from './problem.ts'
import { readServerName } from './server-name.ts'

/** What a client says first (RFC 8446, 4.1.2). Lists are as sent, with the numbers of `isGrease` in them. */
export interface ClientHello {
  /** What carries it. */
  readonly transport: 'tcp' | 'quic'
  /**
   * The host the client asks for, in lower case and without a dot at its end: ready to be compared. `undefined` when it names none, or when
   * what it names is no host name (`serverNameUnusable` is in `odd` then). With `ech` it may be the name of a provider only.
   */
  readonly serverName: string | undefined
  /** The same as it was sent, a character for each byte. */
  readonly sentServerName: string | undefined
  /** Protocols the client speaks, best first: `h2`, `http/1.1`, `h3`. A character for each byte. */
  readonly alpn: readonly string[]
  /** Versions the client speaks: see `tlsVersion`. Only the legacy version when the hello has no list. */
  readonly versions: readonly number[]
  /** The version in front of the hello: 0x303 in every one of TLS 1.2 and 1.3. */
  readonly legacyVersion: number
  /** Cipher suites. */
  readonly ciphers: readonly number[]
  /** Numbers of the extensions in their order: see `tlsExtension`. */
  readonly extensions: readonly number[]
  /** Groups of the key exchange: see `tlsGroup`. */
  readonly groups: readonly number[]
  /** The groups among them that a key was sent for. */
  readonly keyShares: readonly number[]
  /** Signature algorithms. */
  readonly signatureAlgorithms: readonly number[]
  /**
   * An encrypted hello is inside: `outer`, or a decoy that looks the same, which some browsers send always. `serverName` may then be that of
   * the provider, and the name that is meant cannot be read.
   */
  readonly ech: 'outer' | 'inner' | undefined
  /** What is unusual: keys of `tlsOddities`. */
  readonly odd: readonly TlsOddity[]
}

/** What the extensions say, while they are read. */
type Said = {
  -readonly [K in
    | 'serverName'
    | 'sentServerName'
    | 'alpn'
    | 'versions'
    | 'groups'
    | 'keyShares'
    | 'signatureAlgorithms'
    | 'ech']: ClientHello[K]
} & { readonly odd: TlsOddity[] }

const readers = extensionReaders<Said>({
  [tlsExtension.serverName](data, said) {
    const name = readServerName(data, said.odd)
    said.serverName = name?.compared
    said.sentServerName = name?.sent
  },
  [tlsExtension.supportedGroups](data, said) {
    said.groups = readList(data, 2)
  },
  [tlsExtension.signatureAlgorithms](data, said) {
    said.signatureAlgorithms = readList(data, 2)
  },
  [tlsExtension.alpn](data, said) {
    said.alpn = readProtocols(data)
  },
  [tlsExtension.supportedVersions](data, said) {
    said.versions = readList(data, 1)
  },
  [tlsExtension.keyShare](data, said) {
    said.keyShares = readKeyShares(data)
  },
  [tlsExtension.encryptedClientHello](data, said) {
    said.ech = data.u8() === 0 ? 'outer' : 'inner'
  },
})

function readKeyShares(data: Cursor): number[] {
  const list = data.part(data.u16())
  if (data.left > 0) refuse('extension', data.at)
  const groups: number[] = []
  while (list.left > 0) {
    groups.push(list.u16())
    list.skip(list.u16())
  }
  return groups
}

const truncated = (at: number): never => refuse('truncated', at)

/** The hello in the body of a handshake message of type 1. Offsets of mistakes are those in the body. */
export function parseClientHello(
  body: Uint8Array,
  transport: ClientHello['transport'],
  seen: readonly TlsOddity[],
): ClientHello {
  const odd = seen.slice()
  const hello = new Cursor(body, 0, body.length, truncated)
  const legacyVersion = hello.u16()
  hello.skip(32)
  const sessionId = hello.u8()
  hello.skip(sessionId)
  const ciphers = hello.part(hello.u16()).u16s()
  const compression = hello.take(hello.u8())
  if (legacyVersion < tlsVersion.ssl3 || legacyVersion > tlsVersion.tls12) mark(odd, 'legacyVersion')
  if (sessionId > 32) mark(odd, 'sessionId')
  if (compression.length !== 1 || compression[0] !== 0) mark(odd, 'compression')
  const said: Said = {
    serverName: undefined,
    sentServerName: undefined,
    alpn: [],
    versions: [legacyVersion],
    groups: [],
    keyShares: [],
    signatureAlgorithms: [],
    ech: undefined,
    odd,
  }
  const extensions = readExtensions(hello, readers, said)
  if (isAnyTwice(extensions)) mark(odd, 'duplicateExtension')
  const psk = extensions.indexOf(tlsExtension.preSharedKey)
  if (psk >= 0 && psk < extensions.length - 1) mark(odd, 'preSharedKey')
  // A literal: spreading the object would cost as much as all of the reading.
  return {
    transport,
    serverName: said.serverName,
    sentServerName: said.sentServerName,
    alpn: said.alpn,
    versions: said.versions,
    legacyVersion,
    ciphers,
    extensions,
    groups: said.groups,
    keyShares: said.keyShares,
    signatureAlgorithms: said.signatureAlgorithms,
    ech: said.ech,
    odd,
  }
}
