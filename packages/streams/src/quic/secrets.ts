import { utf8 } from '@nfkit/inet/bytes'
import { hmac } from '../hash/hmac.ts'
import type { QuicVersion } from './version.ts'

/** Who sent a packet. */
export type QuicSide = 'client' | 'server'

/** What the Initials of one side are protected with. */
export interface PacketKeys {
  /** AES-128 key of the contents. */
  readonly key: Uint8Array
  /** 12 bytes that the packet number is put into. */
  readonly iv: Uint8Array
  /** AES-128 key of the header's protection. */
  readonly headerKey: Uint8Array
}

/** The information of HKDF-Expand-Label (RFC 8446, 7.1) without a context. */
function labelled(label: string, size: number): Uint8Array {
  const name = utf8(`tls13 ${label}`)
  return Uint8Array.of(size >> 8, size & 0xff, name.length, ...name, 0, 1)
}

/** What is derived, by version: the same bytes for every connection. */
interface Labels {
  readonly extract: (text: Uint8Array) => Uint8Array
  readonly side: { readonly [side in QuicSide]: Uint8Array }
  readonly key: Uint8Array
  readonly iv: Uint8Array
  readonly headerKey: Uint8Array
}

const labelsOf = new Map<QuicVersion, Labels>()

function labels(version: QuicVersion): Labels {
  let known = labelsOf.get(version)
  if (known === undefined) {
    known = {
      extract: hmac(version.salt),
      side: { client: labelled('client in', 32), server: labelled('server in', 32) },
      key: labelled(`${version.label} key`, 16),
      iv: labelled(`${version.label} iv`, 12),
      headerKey: labelled(`${version.label} hp`, 16),
    }
    labelsOf.set(version, known)
  }
  return known
}

/**
 * The keys of one side's Initials, from the connection id the client chose for the server (RFC 9001, 5.2). No secret goes in: any observer
 * can derive them.
 */
export function initialKeys(version: QuicVersion, destination: Uint8Array, side: QuicSide): PacketKeys {
  const label = labels(version)
  const secret = hmac(label.extract(destination))(label.side[side])
  const expand = hmac(secret)
  return {
    key: expand(label.key).subarray(0, 16),
    iv: expand(label.iv).subarray(0, 12),
    headerKey: expand(label.headerKey).subarray(0, 16),
  }
}
