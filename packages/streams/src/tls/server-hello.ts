import { formatHex } from '@nfkit/inet'
import { Cursor } from '../reader/cursor.ts'
import { extensionReaders, readExtensions, readProtocols } from './extensions.ts'
import { tlsExtension, tlsVersion } from './numbers.ts'
import { refuse } from './problem.ts'

/** What a server answers first (RFC 8446, 4.1.3). */
export interface ServerHello {
  /** The version that was chosen: see `tlsVersion`. */
  readonly version: number
  /** The cipher suite that was chosen. */
  readonly cipher: number
  /** The group of the server's key, or the one a retry asks for: see `tlsGroup`. TLS 1.2 says it later. */
  readonly group: number | undefined
  /** The protocol that was chosen. TLS 1.3 says it in what is encrypted. */
  readonly alpn: string | undefined
  /** Numbers of the extensions in their order: see `tlsExtension`. */
  readonly extensions: readonly number[]
  /** Whether it is a HelloRetryRequest: the client sends a second hello, which may name another host. */
  readonly isRetry: boolean
  /** What a server that speaks more says it was held down to (RFC 8446, 4.1.3): TLS 1.2, or TLS 1.1 and below. */
  readonly downgrade: 'tls12' | 'tls11' | undefined
}

/** The random of a HelloRetryRequest: the SHA-256 of its name. */
const retry = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'
/** The last eight bytes of the random of a server that was held down: `DOWNGRD` and a number. */
const downgrades: { readonly [end: string]: ServerHello['downgrade'] } = {
  '444f574e47524401': 'tls12',
  '444f574e47524400': 'tls11',
}

/** What the extensions say, while they are read. */
type Said = { -readonly [K in 'version' | 'group' | 'alpn']: ServerHello[K] }

const readers = extensionReaders<Said>({
  [tlsExtension.supportedVersions](data, said) {
    said.version = data.u16()
  },
  [tlsExtension.keyShare](data, said) {
    said.group = data.u16()
  },
  [tlsExtension.alpn](data, said) {
    said.alpn = readProtocols(data)[0]
  },
})

const truncated = (at: number): never => refuse('truncated', at)

/** The hello in the body of a handshake message of type 2. Offsets of mistakes are those in the body. */
export function parseServerHello(body: Uint8Array): ServerHello {
  const hello = new Cursor(body, 0, body.length, truncated)
  const legacyVersion = hello.u16()
  if (legacyVersion < tlsVersion.ssl3 || legacyVersion > tlsVersion.tls13) refuse('notHello', 0)
  const random = formatHex(hello.take(32))
  hello.skip(hello.u8())
  const cipher = hello.u16()
  hello.skip(1)
  const said: Said = { version: legacyVersion, group: undefined, alpn: undefined }
  const extensions = readExtensions(hello, readers, said)
  return { ...said, cipher, extensions, isRetry: random === retry, downgrade: downgrades[random.slice(48)] }
}
