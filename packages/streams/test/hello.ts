import { joined } from './split.ts'

const be16 = (value: number) => [value >> 8, value & 0xff]
const be24 = (value: number) => [value >> 16, ...be16(value & 0xffff)]
const sized = (width: 1 | 2 | 3, bytes: ArrayLike<number>) =>
  joined(width === 1 ? [bytes.length] : width === 2 ? be16(bytes.length) : be24(bytes.length), bytes)
const numbers = (list: readonly number[]) => list.flatMap(be16)

export type Extension = readonly [id: number, data: ArrayLike<number>]

/** Contents of extensions. */
export const extension = {
  serverNames: (...names: (string | readonly [type: number, name: string])[]): Extension => [
    0,
    sized(
      2,
      joined(
        ...names.map((name) => {
          const [type, text] = typeof name === 'string' ? [0, name] : name
          return joined([type], sized(2, Buffer.from(text, 'latin1')))
        }),
      ),
    ),
  ],
  alpn: (...names: string[]): Extension => [
    16,
    sized(2, joined(...names.map((name) => sized(1, Buffer.from(name, 'latin1'))))),
  ],
  versions: (...list: number[]): Extension => [43, sized(1, numbers(list))],
  groups: (...list: number[]): Extension => [10, sized(2, numbers(list))],
  signatures: (...list: number[]): Extension => [13, sized(2, numbers(list))],
  keyShares: (...groups: number[]): Extension => [
    51,
    sized(2, joined(...groups.map((group) => joined(be16(group), sized(2, new Uint8Array(32)))))),
  ],
  echOuter: [0xfe0d, [0, 0, 1, 0, 1, 7, 0, 0, 0, 0]] as Extension,
}

export interface HelloParts {
  readonly legacyVersion?: number
  readonly random?: ArrayLike<number>
  readonly sessionId?: number
  readonly ciphers?: readonly number[]
  readonly compression?: readonly number[]
  readonly extensions?: readonly Extension[]
  /** Bytes behind the extensions. */
  readonly behind?: readonly number[]
}

const random = new Uint8Array(32).fill(7)

/** The body of a ClientHello. */
export function clientHelloBody(parts: HelloParts = {}): Uint8Array {
  const { extensions } = parts
  return joined(
    be16(parts.legacyVersion ?? 0x303),
    parts.random ?? random,
    sized(1, new Uint8Array(parts.sessionId ?? 32)),
    sized(2, numbers(parts.ciphers ?? [0x1301, 0x1302])),
    sized(1, parts.compression ?? [0]),
    extensions ? sized(2, joined(...extensions.map(([id, data]) => joined(be16(id), sized(2, data))))) : [],
    parts.behind ?? [],
  )
}

/** The body of a ServerHello. */
export function serverHelloBody(parts: HelloParts & { readonly cipher?: number } = {}): Uint8Array {
  const extensions = parts.extensions ?? []
  return joined(
    be16(parts.legacyVersion ?? 0x303),
    parts.random ?? random,
    sized(1, new Uint8Array(parts.sessionId ?? 32)),
    be16(parts.cipher ?? 0x1301),
    [0],
    sized(2, joined(...extensions.map(([id, data]) => joined(be16(id), sized(2, data))))),
  )
}

/** A handshake message: 1 is a ClientHello, 2 a ServerHello. */
export const message = (body: ArrayLike<number>, type = 1): Uint8Array => joined([type], sized(3, body))

/** A record: 22 is the handshake. */
export const record = (body: ArrayLike<number>, type = 22, version = 0x301): Uint8Array =>
  joined([type], be16(version), sized(2, body))

/** A message in records of at most `size` bytes. */
export function records(whole: Uint8Array, size: number): Uint8Array {
  const out: Uint8Array[] = []
  for (let at = 0; at < whole.length; at += size) out.push(record(whole.subarray(at, at + size)))
  return joined(...out)
}

/** The stream of a client that asks for a host. */
export const helloFor = (name: string): Uint8Array =>
  record(message(clientHelloBody({ extensions: [extension.serverNames(name), extension.versions(0x304)] })))
