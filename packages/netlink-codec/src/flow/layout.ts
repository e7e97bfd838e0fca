import { dataView } from '@nfkit/inet/bytes'
import { protoinfo, protoinfoTcp } from '../conntrack/protoinfo.ts'
import { conntrack, counters } from '../conntrack/table.ts'
import { Attrs } from '../schema/attrs.ts'
import type { Attr } from '../schema/shape.ts'
import { u16 } from '../wire/bytes.ts'
import { DecodeError } from '../wire/errors.ts'
import { Layout, walk } from '../wire/layout.ts'
import { type TupleLayout, tupleLayout } from './tuple-layout.ts'

const { rows } = conntrack
const nest = 0
/** The values of a flow: the attribute of each, and its size where that is fixed. */
const places = {
  original: [rows.tupleOrig, nest],
  reply: [rows.tupleReply, nest],
  status: [rows.status, 4],
  protoinfo: [rows.protoinfo, nest],
  timeout: [rows.timeout, 4],
  mark: [rows.mark, 4],
  id: [rows.id, 4],
  use: [rows.use, 4],
  zone: [rows.zone, 2],
  originalCounters: [rows.countersOrig, nest],
  replyCounters: [rows.countersReply, nest],
} as const
type Place = keyof typeof places

const wanted = new Map(
  Object.entries(places).map(([place, [row, size]]) => [row.id, { place: place as Place, size }] as const),
)

/** How many levels inside an attribute belong to the layout, too. */
const depths = new Map([
  [rows.tupleOrig.id, 2],
  [rows.tupleReply.id, 2],
  [rows.protoinfo.id, 2],
  [rows.countersOrig.id, 1],
  [rows.countersReply.id, 1],
])

/** Offsets of one direction's counters from the flow's first attribute; -1 when absent. */
export interface CountersLayout {
  readonly packets: number
  readonly bytes: number
}

/** Offsets of a flow's values from its first attribute; -1 when absent. Flows laid out alike share one. */
export class FlowLayout {
  readonly at: Readonly<Record<Place, number>>
  /** From the tuple's first attribute on. */
  readonly original: TupleLayout
  readonly reply: TupleLayout
  readonly originalCounters: CountersLayout
  readonly replyCounters: CountersLayout
  readonly tcpState: number
  readonly #size: number
  readonly #layout: Layout

  private constructor(bytes: Uint8Array, start: number, end: number) {
    const at = locate(bytes, start, end)
    const inside = (from: number) => nestAt({ bytes, start }, from)
    const tcp = inside(at.protoinfo).nest(protoinfo.rows.tcp) ?? none
    const inTuple = (from: number): TupleLayout => {
      const attrs = inside(from)
      return tupleLayout(attrs.bytes, attrs.start, attrs.end)
    }
    const inCounters = (from: number): CountersLayout => ({
      packets: payload(inside(from), counters.rows.packets, start),
      bytes: payload(inside(from), counters.rows.bytes, start),
    })
    this.at = at
    this.original = inTuple(at.original)
    this.reply = inTuple(at.reply)
    this.originalCounters = inCounters(at.originalCounters)
    this.replyCounters = inCounters(at.replyCounters)
    this.tcpState = payload(tcp, protoinfoTcp.rows.state, start)
    this.#size = end - start
    this.#layout = new Layout(bytes, start, end, depths)
  }

  /** The layout of the run `bytes[start, end)`. Throws `DecodeError`. */
  static of(bytes: Uint8Array, start: number, end: number): FlowLayout {
    const alike = met[((end - start) >>> 2) % met.length]!
    for (let i = 0; i < alike.length; i++) {
      const layout = alike[i]!
      if (end - start === layout.#size && layout.#layout.isAt(bytes, start)) return layout
    }
    const layout = new FlowLayout(bytes, start, end)
    alike.unshift(layout)
    if (alike.length > kept) alike.pop()
    return layout
  }
}

/** Layouts that were met, by size; flows of equal size are seldom laid out differently. */
const met: FlowLayout[][] = Array.from({ length: 64 }, () => [])
const kept = 4

const none = new Attrs(new Uint8Array(0))

/** Where offsets count from. */
type Run = Pick<Attrs, 'bytes' | 'start'>

/** The attributes inside the one whose payload is there; none where it is absent. */
export function nestAt({ bytes, start }: Run, at: number): Attrs {
  return at < 0 ? none : new Attrs(bytes, start + at, start + at - 4 + u16(bytes, start + at - 4))
}

/** The number that is there; `undefined` where it is absent. */
export function be32At(run: Run, at: number): number | undefined {
  return at < 0 ? undefined : number(run, at)
}
// Apart: V8 inlines what has up to 27 bytes of bytecode wherever it is called, and more only so often.
const number = (run: Run, at: number): number => dataView(run.bytes).getUint32(run.start + at)

function locate(bytes: Uint8Array, start: number, end: number): Record<Place, number> {
  const at = Object.fromEntries(Object.keys(places).map((place) => [place, -1])) as Record<Place, number>
  walk('CTA', bytes, start, end, (id, p, length) => {
    const found = wanted.get(id)
    // An empty status is padding: see `isPadding`.
    if (found === undefined || (found.place === 'status' && length === 4)) return
    if (length < 4 + found.size) throw new DecodeError('CTA', p, `${length - 4} bytes, expected ${found.size}`)
    at[found.place] = p + 4 - start
  })
  return at
}

/** Offset of an attribute's payload from `origin`; -1 when absent. */
function payload(attrs: Attrs, { id, type }: Attr<unknown>, origin: number): number {
  const p = attrs.find(id, type.size)
  if (p < 0) return -1
  const size = u16(attrs.bytes, p) - 4
  if (size < type.size) throw new DecodeError('CTA', p, `${size} bytes, expected ${type.size}`)
  return p + 4 - origin
}
