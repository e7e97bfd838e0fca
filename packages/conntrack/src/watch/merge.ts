import { Attrs, align, putU16, u16 } from '@nfkit/netlink-codec'
import { conntrack, Flow } from '@nfkit/netlink-codec/conntrack'

const markId = conntrack.rows.mark.id
/** Attributes that say something about an event and nothing about the flow. */
const ofEvents = new Set([conntrack.rows.timestampEvent.id])

/** The flow after an event: the event's values, and the others as they were. The result has bytes of its own. */
export function merge(before: Flow, event: Flow): Flow {
  const has = new Set<number>()
  walk(event.attrs, (id) => has.add(id))
  // An event without a mark says that it is 0.
  const unmarked = !has.has(markId) && before.mark !== undefined
  let size = unmarked ? 8 : 0
  const count = (_id: number, start: number, end: number) => {
    size += align(end - start)
  }
  walk(event.attrs, (id, start, end) => !ofEvents.has(id) && count(id, start, end))
  walk(before.attrs, (id, start, end) => isKept(id) && count(id, start, end))
  const bytes = new Uint8Array(size)
  let at = 0
  const copy = (from: Uint8Array) => (start: number, end: number) => {
    bytes.set(from.subarray(start, end), at)
    at += align(end - start)
  }
  const old = copy(before.attrs.bytes)
  const young = copy(event.attrs.bytes)
  walk(event.attrs, (id, start, end) => !ofEvents.has(id) && young(start, end))
  walk(before.attrs, (id, start, end) => isKept(id) && old(start, end))
  if (unmarked) {
    putU16(bytes, at, 8)
    putU16(bytes, at + 2, markId)
  }
  return new Flow(new Attrs(bytes), event.family)

  function isKept(id: number): boolean {
    return !has.has(id) && id !== markId
  }
}

/** Calls with each attribute's id, where it starts and where it ends, padding left out. */
function walk({ bytes, start, end }: Attrs, attribute: (id: number, start: number, end: number) => void): void {
  for (let p = start; p + 4 <= end; p += align(u16(bytes, p)))
    attribute(u16(bytes, p + 2) & 0x3fff, p, p + u16(bytes, p))
}

/** Whether two states of an entry are the same but for what passes by itself: timeout, counters, references. */
export function isSame(a: Flow, b: Flow): boolean {
  return (
    a.status === b.status &&
    (a.mark ?? 0) === (b.mark ?? 0) &&
    a.tcpState === b.tcpState &&
    a.helper === b.helper &&
    sameState(a, b) &&
    (a.labels ?? []).join() === (b.labels ?? []).join()
  )
}

function sameState(a: Flow, b: Flow): boolean {
  if (a.tcpState !== undefined) return true
  return a.sctp?.state === b.sctp?.state && a.dccp?.state === b.dccp?.state
}
