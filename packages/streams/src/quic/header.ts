import { Cursor } from '../reader/cursor.ts'
import { type PacketKind, type QuicVersion, versionOf } from './version.ts'

/** A packet with a long header (RFC 9000, 17.2) as it lies in its datagram, still protected. */
export interface LongPacket {
  /** What it is; `negotiation` lists versions, and `unknown` is of a version that is not read. */
  readonly kind: PacketKind | 'negotiation' | 'unknown'
  /** The version's number. */
  readonly number: number
  readonly version: QuicVersion | undefined
  /** Whether the bit is set that every first packet has set. */
  readonly isFixed: boolean
  /** Connection ids: views of the datagram. */
  readonly destination: Uint8Array
  readonly source: Uint8Array
  readonly start: number
  /** Where the packet number is, or what a kind without one carries. */
  readonly at: number
  readonly end: number
}

/** A header that is cut makes no packet: its bytes are ignored, as peers ignore them. */
class CutShort extends Error {}
/** What the cursor calls. */
const cut = (): never => {
  throw new CutShort()
}

const longestId = 20

/** The packet at `start`; `undefined` when the bytes there make none with a long header. */
export function longPacketAt(datagram: Uint8Array, start: number): LongPacket | undefined {
  if (start >= datagram.length || datagram[start]! < 0x80) return undefined
  try {
    return read(new Cursor(datagram, start, datagram.length, cut))
  } catch (error) {
    if (error instanceof CutShort) return undefined
    throw error
  }
}

function read(header: Cursor): LongPacket | undefined {
  const start = header.at
  const first = header.u8()
  const number = header.u32()
  const destination = header.take(header.u8())
  const source = header.take(header.u8())
  const version = versionOf(number)
  const kind = version?.kinds[(first >> 4) & 3] ?? (number === 0 ? 'negotiation' : 'unknown')
  if (version && (destination.length > longestId || source.length > longestId)) return undefined
  if (kind === 'initial') header.skip(varint(header))
  const hasLength = kind === 'initial' || kind === 'zeroRtt' || kind === 'handshake'
  const size = hasLength ? varint(header) : header.left
  const at = header.at
  header.skip(size)
  return { kind, number, version, isFixed: (first & 0x40) !== 0, destination, source, start, at, end: header.at }
}

/** A number of 1, 2, 4 or 8 bytes (RFC 9000, 16). */
export function varint(cursor: Cursor): number {
  const first = cursor.u8()
  let value = first & 0x3f
  for (let more = (1 << (first >> 6)) - 1; more > 0; more--) value = value * 256 + cursor.u8()
  return value
}
