import { ipProtocol } from '@nfkit/inet'
import { be16, be32, view } from '@nfkit/inet/bytes'
import type { Link } from './extension-chain.ts'

/** One option of a hop-by-hop or destination options header. Padding is not listed. */
export interface Ipv6Option {
  /** 5 is router alert, 194 jumbo payload, 201 home address. */
  readonly type: number
  /** A view: no bytes are copied. */
  readonly data: Uint8Array
  /** Its length cannot be: `data` is all that is left of the header, and the list ends here. */
  readonly malformed: boolean
}

/** What each of them has. */
export interface ExtensionHeaderBase {
  /** Its number, which the header before it has in "next header". */
  readonly type: number
  /** All of it. A view: no bytes are copied. */
  readonly bytes: Uint8Array
}

/** One IPv6 extension header. */
export type ExtensionHeader =
  | (ExtensionHeaderBase & {
      readonly kind: 'hopByHop' | 'destinationOptions'
      readonly options: readonly Ipv6Option[]
    })
  | (ExtensionHeaderBase & { readonly kind: 'routing'; readonly routingType: number; readonly segmentsLeft: number })
  | (ExtensionHeaderBase & {
      readonly kind: 'fragment'
      /** In bytes. */
      readonly offset: number
      readonly more: boolean
      readonly identification: number
    })
  | (ExtensionHeaderBase & { readonly kind: 'authentication'; readonly spi: number })

/** What one link of the chain is. */
export function extensionHeader(b: Uint8Array, { type, at, size }: Link): ExtensionHeader {
  const bytes = view(b, at, at + size)
  switch (type) {
    case ipProtocol.routing:
      return { kind: 'routing', type, bytes, routingType: b[at + 2]!, segmentsLeft: b[at + 3]! }
    case ipProtocol.fragment: {
      const field = be16(b, at + 2)
      return {
        kind: 'fragment',
        type,
        bytes,
        offset: field & 0xfff8,
        more: (field & 1) !== 0,
        identification: be32(b, at + 4),
      }
    }
    case ipProtocol.ah:
      return { kind: 'authentication', type, bytes, spi: be32(b, at + 4) }
    default: {
      const kind = type === ipProtocol.hopByHop ? 'hopByHop' : 'destinationOptions'
      return { kind, type, bytes, options: ipv6Options(bytes) }
    }
  }
}

/** All options of a whole hop-by-hop or destination options header. */
export function ipv6Options(header: Uint8Array): Ipv6Option[] {
  const out: Ipv6Option[] = []
  const end = header.length
  for (let p = 2; p < end; ) {
    const type = header[p]!
    if (type === 0) {
      p++
      continue
    }
    const next = p + 1 < end ? p + 2 + header[p + 1]! : end + 1
    const malformed = next > end
    if (malformed) out.push({ type, data: view(header, p + 1, end), malformed })
    else if (type !== 1) out.push({ type, data: view(header, p + 2, next), malformed })
    p = next
  }
  return out
}
