import { netfilterHeaderSize } from '../nfnetlink/header.ts'
import { align } from '../wire/bytes.ts'
import { DecodeError } from '../wire/errors.ts'
import { walk } from '../wire/layout.ts'
import { isVarying } from './behind.ts'
import { nfqa } from './table.ts'

const { packetHdr, mark, ifindexIndev, ifindexOutdev } = nfqa.rows

/** The values that nearly every consumer wants: the attribute of each, and what it is called. One that is too short makes a message none. */
const wanted = {
  header: { row: packetHdr, name: 'NFQA_PACKET_HDR' },
  mark: { row: mark, name: 'NFQA_MARK' },
  indev: { row: ifindexIndev, name: 'NFQA_IFINDEX_INDEV' },
  outdev: { row: ifindexOutdev, name: 'NFQA_IFINDEX_OUTDEV' },
} as const
type Wanted = keyof typeof wanted

const wantedOf = new Map(Object.entries(wanted).map(([name, { row }]) => [row.id, name as Wanted] as const))
/** The same as bits. */
export const wantedBits = Object.values(wanted).reduce((bits, { row }) => bits | (1 << row.id), 0)

/** As far as places are kept. */
const farthest = 0xffff

/** What there is in a message. Places are from its start. */
export interface Survey {
  /** 0 when absent. */
  readonly found: Readonly<Record<Wanted, number>>
  /** Of the attributes before the first that varies, by id: where the payload of each is; 0 when it is absent, empty or far away. */
  readonly places: Uint16Array
  /** A bit for each of those, by the low bits of its id. */
  readonly present: number
  /** The same of those behind. */
  readonly others: number
  /** Where those begin. */
  readonly rest: number
}

/** Look at every attribute of the message `bytes[start, end)`. Throws `DecodeError`. */
export function survey(bytes: Uint8Array, start: number, end: number): Survey {
  const found = { header: 0, mark: 0, indev: 0, outdev: 0 }
  const places = new Uint16Array(32)
  let present = 0
  let others = 0
  let rest = 0
  let next = start + netfilterHeaderSize
  walk('NFQA', bytes, next, end, (id, p, length) => {
    const place = p + 4 - start
    const which = wantedOf.get(id)
    if (which !== undefined) {
      const { row, name } = wanted[which]
      const { size } = row.type
      if (length - 4 < size) throw new DecodeError(name, p, `${length - 4} bytes, expected ${size}`)
      found[which] = place
    }
    if (rest === 0 && isVarying(id)) rest = p - start
    if (rest > 0) {
      others |= 1 << id
    } else {
      present |= 1 << id
      if (id < places.length) places[id] = length > 4 && place <= farthest ? place : 0
    }
    next = p + align(length)
  })
  if (found.header === 0) throw new DecodeError('NFQA_PACKET_HDR', start, 'missing')
  return { found, places, present, others, rest: rest || next - start }
}
