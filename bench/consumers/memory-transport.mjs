import { readFileSync } from 'node:fs'
import { encodeAck, u16, u32 } from '@nfkit/netlink-codec'

const slotSize = 67_648
/** NFQNL_MSG_VERDICT or its batch: of both the messages are counted. */
const isVerdict = (type) => (type & 0xff) === 1 || (type & 0xff) === 3

/** A transport without kernel: it acknowledges requests, and delivers captured packets again and again under new ids. */
export class MemoryTransport {
  portId = 1
  sendLimit = 200_000
  verdicts = 0
  #receiver
  #bytes
  #ids
  #spans
  #id = 1

  /** `file` holds packets as length and bytes; the first `burst` of them are delivered together. */
  constructor(file, burst) {
    const captured = readFileSync(file)
    this.#bytes = new Uint8Array(burst * slotSize)
    this.#ids = new DataView(this.#bytes.buffer)
    this.#spans = new Int32Array(2 * burst)
    for (let i = 0, p = 0; i < burst; i++) {
      const length = captured.readUInt32LE(p)
      this.#bytes.set(captured.subarray(p + 4, p + 4 + length), i * slotSize)
      this.#spans.set([i * slotSize, length], 2 * i)
      p += 4 + length
    }
  }

  receive(receiver) {
    this.#receiver = receiver
  }
  send(datagram) {
    if (isVerdict(u16(datagram, 4))) this.verdicts += datagram.length / 32
    else setImmediate(() => this.#acknowledge(datagram))
  }
  /** One burst, as the socket would deliver it. */
  deliver() {
    const length = this.#spans.length / 2
    // NFQA_PACKET_HDR comes first: its id is behind two headers and one attribute header.
    for (let i = 0; i < length; i++) this.#ids.setUint32(i * slotSize + 24, this.#id++)
    this.#receiver.batch({ bytes: this.#bytes, spans: this.#spans, length, brief: false, release() {}, abandon() {} })
    return length
  }
  #acknowledge(request) {
    const bytes = encodeAck(request, { portId: this.portId, errno: 0 })
    this.#receiver.batch({
      bytes,
      spans: Int32Array.of(0, u32(bytes, 0)),
      length: 1,
      brief: false,
      release() {},
      abandon() {},
    })
  }
  pause() {}
  resume() {}
  set() {}
  resize() {
    return { receive: 2 ** 30, send: 2 ** 30 }
  }
  counters() {
    return { dropped: 0, receiveQueued: 0, receiveBuffer: 0 }
  }
  close() {}
}
