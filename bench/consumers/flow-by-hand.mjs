/** Attributes of an entry, and of what is in them (enum ctattr_type and those below it, linux/netfilter/nfnetlink_conntrack.h). */
const entry = {
  original: 1,
  reply: 2,
  status: 3,
  protocol: 4,
  timeout: 7,
  mark: 8,
  originalCounters: 9,
  replyCounters: 10,
  use: 11,
  id: 12,
}
const tuple = { ip: 1 }
const ip = { source4: 1, destination4: 2, source6: 3, destination6: 4 }
const port = { source: 2, destination: 3 }
const counter = { packets: 1, bytes: 2 }
const protocol = { tcp: 1 }
const tcp = { state: 1 }
const typeMask = 0x3fff
const headers = 20

/** Memory that datagrams are in, in several forms. */
let memory
let bytes
let halves
let view

const sizeAt = (at) => halves[at >> 1]
const typeAt = (at) => halves[(at + 2) >> 1] & typeMask
const nextAt = (at) => at + ((sizeAt(at) + 3) & ~3)
const be16 = (at) => (bytes[at] << 8) | bytes[at + 1]
const be32 = (at) => (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
const addressAt = (at) => new Uint8Array(memory, at + 4, sizeAt(at) - 4)

/**
 * The least that an entry can be which is an object: what is looked at of it, read where it is in memory, in forms of which none is wrong: counters
 * are bigints, and addresses bytes. Nothing is checked.
 */
class Entry {
  id = 0
  status = 0
  timeout = 0
  mark = 0
  use = 0
  tcpState = 0
  source
  destination
  sourcePort = 0
  destinationPort = 0
  replySourcePort = 0
  packets = 0n
  bytes = 0n

  constructor(start, end) {
    for (let at = start; at < end; at = nextAt(at)) {
      const data = at + 4
      switch (typeAt(at)) {
        case entry.original:
          readTuple(data, at + sizeAt(at))
          this.source = addressAt(source)
          this.sourcePort = sourcePort
          this.destinationPort = destinationPort
          break
        case entry.reply:
          readTuple(data, at + sizeAt(at))
          this.destination = addressAt(destination)
          this.replySourcePort = sourcePort
          break
        case entry.status:
          this.status = be32(data)
          break
        case entry.timeout:
          this.timeout = be32(data)
          break
        case entry.mark:
          this.mark = be32(data)
          break
        case entry.use:
          this.use = be32(data)
          break
        case entry.id:
          this.id = be32(data)
          break
        case entry.originalCounters:
          this.packets = view.getBigUint64(inside(data, at + sizeAt(at), counter.packets) + 4)
          break
        case entry.replyCounters:
          this.bytes = view.getBigUint64(inside(data, at + sizeAt(at), counter.bytes) + 4)
          break
        case entry.protocol:
          if (typeAt(data) === protocol.tcp) this.tcpState = bytes[inside(data + 4, data + sizeAt(data), tcp.state) + 4]
          break
      }
    }
  }
}

/** Where the addresses of the tuple are that was read last, and its ports. */
let source = 0
let destination = 0
let sourcePort = 0
let destinationPort = 0

function readTuple(from, to) {
  for (let outer = from; outer < to; outer = nextAt(outer)) {
    const isIp = typeAt(outer) === tuple.ip
    for (let at = outer + 4, end = outer + sizeAt(outer); at < end; at = nextAt(at)) {
      const type = typeAt(at)
      if (isIp && (type === ip.source4 || type === ip.source6)) source = at
      else if (isIp && (type === ip.destination4 || type === ip.destination6)) destination = at
      else if (!isIp && type === port.source) sourcePort = be16(at + 4)
      else if (!isIp && type === port.destination) destinationPort = be16(at + 4)
    }
  }
}

/** Where the attribute of this type is. */
function inside(from, to, type) {
  let at = from
  while (at < to && typeAt(at) !== type) at = nextAt(at)
  return at
}

/** Entries are in this memory from now on. */
export function readFrom(buffer) {
  if (memory === buffer) return
  memory = buffer
  bytes = new Uint8Array(memory)
  halves = new Uint16Array(memory)
  view = new DataView(memory)
}

/** The entry of the message in `[start, end)`. */
export const entryAt = (start, end) => new Entry(start + headers, end)

/** The entries of one datagram. */
export function entriesOf(part) {
  readFrom(part.buffer)
  const entries = []
  for (let at = part.byteOffset, end = at + part.length; at < end; ) {
    const length = view.getUint32(at, true)
    entries.push(entryAt(at, at + length))
    at += (length + 3) & ~3
  }
  return entries
}

/** The number that `lookAtFlow` makes. */
export function lookAtEntry(entry) {
  let sum = entry.id ^ entry.status ^ entry.timeout ^ entry.mark ^ entry.use ^ entry.tcpState
  sum ^= entry.sourcePort ^ entry.destinationPort ^ entry.replySourcePort
  sum ^= entry.source[3] ^ entry.destination[3]
  return sum ^ Number(entry.packets) ^ Number(entry.bytes)
}
