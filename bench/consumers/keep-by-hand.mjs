// What a packet is promised that waits for its verdict, as cheap as we know by hand: its bytes stay, and it gets a verdict where its handler gives none or fails,
// and at its deadline. Of packets that are judged about in the order they came in: no place in the line is used again before as many came.

const deadlineSeconds = 30
/** On their way besides those that wait, or late. */
const besides = 1_024
/** Of a packet: a datagram of 64 bytes with its header. */
const bytesEach = 96

/** Packets in a line: each has the `place` given here, and `expire` hears of those that are late, or whose handler is done and that still have it. */
export class Line {
  #from
  #expire
  #bytes
  #words
  #at = 0
  #packets
  /** What the promise of each place's handler calls. */
  #done
  /** Places are counted on, and used again. */
  #mask
  #newest = 0
  #oldest = 0
  /** Where the line ended at each of the last seconds. */
  #notes = []

  /** Payloads are copied from `words`; about `count` packets wait. */
  constructor(words, count, expire) {
    this.#from = words
    this.#expire = expire
    const places = 2 ** Math.ceil(Math.log2(count + besides))
    this.#mask = places - 1
    this.#bytes = new Uint8Array(places * bytesEach)
    this.#words = new Int32Array(this.#bytes.buffer)
    this.#packets = new Array(places).fill(undefined)
    this.#done = Array.from({ length: places }, (_, at) => () => {
      const packet = this.#packets[at]
      if (packet !== undefined) this.#expire(packet)
    })
    setInterval(() => this.#sweep(), 1_000)
  }

  /** Copy so many bytes; returns where they are. */
  keep(start, length) {
    const size = (length + 3) >>> 2
    if (this.#at + size > this.#words.length) this.#at = 0
    const at = this.#at
    for (let i = 0, from = start >>> 2; i < size; i++) this.#words[at + i] = this.#from[from + i]
    this.#at += size
    return 4 * at
  }

  view(at, length) {
    return new Uint8Array(this.#bytes.buffer, at, length)
  }

  /** Returns the packet's place. */
  add(packet) {
    const place = this.#newest++
    this.#packets[place & this.#mask] = packet
    return place
  }

  follow(place, promise) {
    const done = this.#done[place & this.#mask]
    promise.then(done, done)
  }

  remove(place) {
    this.#packets[place & this.#mask] = undefined
  }

  #sweep() {
    this.#notes.push(this.#newest)
    if (this.#notes.length <= deadlineSeconds) return
    const end = this.#notes.shift()
    for (let place = Math.max(this.#oldest, this.#newest - this.#mask - 1); place < end; place++) {
      const packet = this.#packets[place & this.#mask]
      if (packet?.place === place) this.#expire(packet)
    }
    this.#oldest = end
  }
}
