import { Cursor } from '../reader/cursor.ts'
import { varint } from './header.ts'
import { refuse } from './problem.ts'

/** A piece of the handshake: a view of the packet's contents. */
export interface CryptoFrame {
  readonly offset: number
  readonly data: Uint8Array
}

const cut = (at: number): never => refuse('frame', at)

/** What each frame of an Initial holds (RFC 9000, 12.4 and 19), in the order of its bytes; nothing for all but CRYPTO. */
const frames: { readonly [type: number]: (payload: Cursor) => CryptoFrame | undefined } = {
  0: (payload) => {
    // PADDING: most of an Initial.
    while (payload.left > 0 && payload.bytes[payload.at] === 0) payload.at++
    return undefined
  },
  1: () => undefined, // PING
  2: (payload) => acknowledged(payload, 0),
  3: (payload) => acknowledged(payload, 3),
  6: (payload) => ({ offset: varint(payload), data: payload.take(varint(payload)) }),
  28: (payload) => {
    varint(payload)
    varint(payload)
    payload.skip(varint(payload))
    return undefined
  },
}

function acknowledged(payload: Cursor, counts: number): undefined {
  varint(payload)
  varint(payload)
  const ranges = varint(payload)
  varint(payload)
  // Each range is two bytes at least: the payload bounds how many can be walked.
  for (let i = 0; i < ranges; i++) {
    varint(payload)
    varint(payload)
  }
  for (let i = 0; i < counts; i++) varint(payload)
}

/** The CRYPTO frames of an Initial's contents. */
export function cryptoFrames(payload: Uint8Array): CryptoFrame[] {
  const cursor = new Cursor(payload, 0, payload.length, cut)
  const found: CryptoFrame[] = []
  while (cursor.left > 0) {
    const at = cursor.at
    const read = frames[cursor.u8()] ?? refuse('frame', at)
    const frame = read(cursor)
    if (frame) found.push(frame)
  }
  return found
}
