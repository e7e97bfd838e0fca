import { type Ack, echoedRequest } from '../message/ack.ts'
import { headerSize, type Message } from '../message/message.ts'
import { attrsOffset, type Protocol, tableOf } from '../message/protocol.ts'
import { Attrs } from '../schema/attrs.ts'
import type { Slot, Table, Type } from '../schema/shape.ts'
import { itemOf } from '../schema/type.ts'
import { align, typeMask, u16 } from '../wire/bytes.ts'

/** An attribute of a request. */
export interface NamedAttribute {
  /** The kernel's name: `NFQA_CFG_FLAGS`. */
  readonly name: string
  /** The first kernel that has it: `3.6`. `undefined`: as old as its family, or not known. */
  readonly since: string | undefined
}

/** The attribute that starts at `offset` of `request`, nests followed; `undefined` when none does. */
export function attributeAt(request: Uint8Array, offset: number, protocol: Protocol): NamedAttribute | undefined {
  for (const { at, attribute } of attributesOf(request, protocol)) if (at === offset) return attribute
  return undefined
}

/** The attribute of `request` that the fewest kernels know; `undefined` when all are as old as their family. */
export function newestAttribute(request: Uint8Array, protocol: Protocol): NamedAttribute | undefined {
  let newest: NamedAttribute | undefined
  for (const { attribute } of attributesOf(request, protocol))
    if (attribute.since !== undefined && (newest === undefined || isNewer(attribute.since, newest.since!)))
      newest = attribute
  return newest
}

/**
 * The kernel's name of the attribute an error blames, as `attributeAt` finds it in the request the error repeats. When it repeats
 * only the header, `request` must be given.
 */
export function offendingAttribute(
  message: Message,
  { extended }: Ack,
  protocol: Protocol,
  request?: Uint8Array,
): string | undefined {
  const given = echoedRequest(message) ?? request
  return given && extended.offs !== undefined ? attributeAt(given, extended.offs, protocol)?.name : undefined
}

interface Found {
  readonly at: number
  readonly attribute: NamedAttribute
}

function attributesOf(request: Uint8Array, protocol: Protocol): Iterable<Found> {
  if (request.length < headerSize) return []
  const [type, flags] = [u16(request, 4), u16(request, 6)]
  const start = attrsOffset(protocol, type, flags)
  return walk(tableOf(protocol, type, flags), request, start, request.length, undefined)
}

/**
 * The attributes of a table and of the nests in it, up to the first that is damaged. What a nest holds is no older than the nest. `only` is the
 * row all follow: that of a list.
 */
function* walk(
  table: Table,
  b: Uint8Array,
  start: number,
  end: number,
  since: string | undefined,
  only?: Slot,
): Generator<Found> {
  for (let p = start; p + 4 <= end; ) {
    const length = u16(b, p)
    if (length < 4 || p + length > end) return
    const id = u16(b, p + 2) & typeMask
    const slot = only ?? table.byId[id]
    const attribute = { name: slot?.name ?? `${table.name} attribute ${id}`, since: slot?.attr.since ?? since }
    yield { at: p, attribute }
    const type = slot?.attr.type
    const inside = type && tableIn(type, new Attrs(b, start, end))
    if (inside) yield* walk(inside, b, p + 4, p + length, attribute.since, itemOf(type))
    p += align(length)
  }
}

/** None where the run is damaged before what chooses the table. */
function tableIn(type: Type<unknown>, run: Attrs): Table | undefined {
  try {
    return run.tableOf(type)
  } catch {
    return undefined
  }
}

function isNewer(version: string, than: string): boolean {
  const [ours, theirs] = [version.split('.').map(Number), than.split('.').map(Number)]
  const at = ours.findIndex((n, i) => n !== (theirs[i] ?? 0))
  return at >= 0 && ours[at]! > (theirs[at] ?? 0)
}
