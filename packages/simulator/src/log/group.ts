/** The most of a packet that fits into one attribute (NFULNL_COPY_RANGE_MAX). */
export const largestCopy = 0xffff - 4

/** NFULNL_NLBUFSIZ_DEFAULT: what is left of a page. */
const defaultBuffer = 4096 - 320
const largestBuffer = 131_072

/** One log group, from its reader's BIND to UNBIND or close (struct nfulnl_instance, net/netfilter/nfnetlink_log.c). */
export class LogGroup {
  readonly number: number
  /** The port id of the socket that bound it. */
  readonly portId: number
  /** Bytes that are copied of a packet: none in the modes NONE and META. */
  copyRange: number = largestCopy
  flags = 0
  /** Packets a datagram may hold. */
  threshold = 100
  /** Hundredths of a second a packet waits for others. */
  flushTimeout = 100
  #bufferSize = defaultBuffer
  /** Number of the next packet. */
  #sequence = 0
  /** Packets gathered for the next datagram. */
  gathered: Uint8Array[] = []
  /** Takes back the timer that sends what is gathered. */
  cancelTimer: (() => void) | undefined

  constructor(number: number, portId: number) {
    this.number = number
    this.portId = portId
  }

  get bufferSize(): number {
    return this.#bufferSize
  }
  /** A larger one than the kernel takes changes nothing. */
  set bufferSize(bytes: number) {
    if (bytes <= largestBuffer) this.#bufferSize = bytes
  }

  nextSequence(): number {
    const sequence = this.#sequence
    this.#sequence = (sequence + 1) >>> 0
    return sequence
  }
}
