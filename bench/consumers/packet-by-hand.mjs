/** Attributes of a queued packet (enum nfqnl_attr_type, linux/netfilter/nfnetlink_queue.h). */
const attribute = { header: 1, mark: 3, payload: 10 }
const typeMask = 0x3fff
const headers = 20

let halves
let words

/** Messages are in this memory from now on. */
export function readFrom(buffer) {
  halves = new Uint16Array(buffer)
  words = new Int32Array(buffer)
}

const swapped = (word) => (word << 24) | ((word << 8) & 0xff_0000) | ((word >>> 8) & 0xff00) | (word >>> 24)

/** The least that a packet can be which is an object: its id, its mark and where its payload is, found where the kernel put them. Nothing is checked. */
export class Packet {
  constructor(start, end) {
    let id = 0
    let mark = 0
    let payload = 0
    let length = 0
    for (let at = start + headers; at + 4 <= end; ) {
      const size = halves[at >> 1]
      switch (halves[(at + 2) >> 1] & typeMask) {
        case attribute.header:
          id = swapped(words[(at + 4) >> 2])
          break
        case attribute.mark:
          mark = swapped(words[(at + 4) >> 2])
          break
        case attribute.payload:
          payload = at + 4
          length = size - 4
          break
      }
      at += (size + 3) & ~3
    }
    this.id = id
    this.mark = mark
    this.payload = payload
    this.length = length
  }
}
