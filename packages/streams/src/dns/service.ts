import { formatAddress } from '@nfkit/inet'
import { Cursor } from '../reader/cursor.ts'
import { latin1 } from '../reader/text.ts'
import { readName } from './name.ts'
import { refuse } from './problem.ts'

/** How a service is reached (RFC 9460). A client connects to the hints, too: a set of allowed addresses must have them. */
export interface DnsService {
  /** 0 for an alias: the service is that of `target`. */
  readonly priority: number
  /** The host that serves, in lower case; `.` for the owner of the record. */
  readonly target: string
  /** Protocols that are spoken there. */
  readonly alpn: readonly string[]
  /** The port, unless it is the usual one. */
  readonly port: number | undefined
  /** Addresses that save a question, IPv4 and IPv6. */
  readonly hints: readonly string[]
  /** Whether it has keys for an encrypted ClientHello: without them, clients send names in the clear. */
  readonly hasEch: boolean
  /** Keys of all parameters, ascending. */
  readonly keys: readonly number[]
}

type Said = { -readonly [K in 'alpn' | 'port' | 'hints' | 'hasEch']: DnsService[K] }

const malformed = (at: number): never => refuse('rdata', at)

/** What the parameters say, by their keys (RFC 9460, 14.3.2). */
const parameters: { readonly [key: number]: (value: Cursor, said: Said) => void } = {
  1: (value, said) => {
    const names: string[] = []
    while (value.left > 0) {
      const { bytes, at, end } = value.part(value.u8())
      names.push(latin1(bytes, at, end))
    }
    said.alpn = names
  },
  3: (value, said) => {
    said.port = value.u16()
  },
  4: (value, said) => {
    said.hints = [...said.hints, ...addresses(value, 4)]
  },
  5: (value, said) => {
    said.hasEch = true
    value.skip(value.left)
  },
  6: (value, said) => {
    said.hints = [...said.hints, ...addresses(value, 16)]
  },
}

function addresses(value: Cursor, size: number): string[] {
  const out: string[] = []
  while (value.left > 0) out.push(formatAddress(value.take(size)))
  return out
}

/** The contents of an SVCB or HTTPS record. */
export function readService(message: Uint8Array, at: number, end: number): DnsService {
  const cursor = new Cursor(message, at, end, malformed)
  const priority = cursor.u16()
  const target = readName(message, cursor.at)
  if (target.end > end) malformed(cursor.at)
  cursor.at = target.end
  const said: Said = { alpn: [], port: undefined, hints: [], hasEch: false }
  const keys: number[] = []
  while (cursor.left > 0) {
    const key = cursor.u16()
    if (key <= (keys.at(-1) ?? -1)) malformed(cursor.at - 2)
    keys.push(key)
    const value = cursor.part(cursor.u16())
    const read = parameters[key]
    if (read === undefined) continue
    read(value, said)
    if (value.left > 0) malformed(value.at)
  }
  return { priority, target: target.name.toLowerCase(), ...said, keys }
}
