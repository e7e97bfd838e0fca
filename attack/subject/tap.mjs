import { be16, be32 } from '@nfkit/inet/bytes'
import { u16, u32 } from '@nfkit/netlink-codec'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { TransportError } from '@nfkit/netlink-transport'
import { numberIn } from '../datagram.mjs'

const headers = 20
const packetType = nfqueueMessage.packet.type
const verdictType = nfqueueMessage.verdict.type
const batchType = nfqueueMessage.verdictBatch.type

/**
 * A transport that lets its owner see which packets cross it one way and which verdicts the other, and whose sends fail while `errno`
 * is set.
 */
export class Tap {
  /** Sends fail with it; 0 for not. */
  errno = 0
  /** Times something was to be sent. */
  attempts = 0
  closed = false
  #transport
  #witness
  #leases = new Map()
  #table

  /**
   * The witness hears `delivered(queue, id, number)` and `left(queue, id, verdict, batch)`. `table` stands for the kernel's table of
   * queues, where that is not to be read.
   */
  constructor(transport, witness, table) {
    this.#transport = transport
    this.#witness = witness
    this.#table = table
  }

  /** Bytes of memory that were lent with bursts, not given back, and not let go of either. */
  get pinned() {
    const buffers = new Set(Array.from(this.#leases.values(), (reference) => reference.deref()))
    return [...buffers].reduce((sum, buffer) => sum + (buffer?.byteLength ?? 0), 0)
  }

  get transport() {
    const own = {
      send: this.#send,
      answer: this.#answer,
      receive: this.#receive,
      close: this.#close,
      ...(this.#table && { procNet: this.#table }),
    }
    return new Proxy(this.#transport, {
      get(target, key) {
        if (Object.hasOwn(own, key)) return own[key]
        const value = Reflect.get(target, key, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  #send = (datagram) => {
    this.attempts++
    this.#witness.busy()
    if (this.errno) throw new TransportError('sendto', this.errno)
    // What is taken out of the kernel's queue may be seen to pass before `send` returns.
    this.#transport.send(datagram)
    this.#left(datagram)
  }

  // When microtasks run it is sent, or `failed` was told.
  #answer = (datagram, failed) => {
    if (this.errno || !this.#transport.answer) return false
    let isRefused = false
    const refused = (error) => {
      isRefused = true
      failed(error)
    }
    if (!this.#transport.answer(datagram, refused)) return false
    this.attempts++
    this.#witness.busy()
    const sent = datagram.slice()
    queueMicrotask(() => {
      if (!isRefused) this.#left(sent)
    })
    return true
  }

  #left(datagram) {
    for (let at = 0; at + headers <= datagram.length; at += Math.max((u32(datagram, at) + 3) & ~3, headers)) {
      const type = u16(datagram, at + 4)
      if (type !== verdictType && type !== batchType) continue
      const verdict = be32(datagram, at + headers + 4) & 0xffff
      this.#witness.left(be16(datagram, at + 18), be32(datagram, at + headers + 8), verdict, type === batchType)
    }
  }

  #receive = (receiver) => {
    this.#transport.receive({ batch: (batch) => this.#batch(receiver, batch), error: (error) => receiver.error(error) })
  }

  #batch(receiver, batch) {
    const { bytes, spans, length, brief, arrivedAt } = batch
    this.#witness.busy()
    for (let i = 0; i < length; i++) {
      const start = spans[2 * i]
      const end = start + spans[2 * i + 1]
      if (end - start < headers + 12 || u16(bytes, start + 4) !== packetType) continue
      const number = numberIn(bytes.subarray(start, end))
      this.#witness.delivered(be16(bytes, start + 18), be32(bytes, start + headers + 4), number, end - start)
    }
    const lease = {}
    this.#leases.set(lease, new WeakRef(bytes.buffer))
    const release = () => {
      this.#leases.delete(lease)
      batch.release()
    }
    // What is abandoned is nobody's: from here on the collector has it.
    const abandon = () => {
      this.#leases.delete(lease)
      batch.abandon()
    }
    receiver.batch({ bytes, spans, length, brief, arrivedAt, release, abandon })
  }

  #close = () => {
    this.closed = true
    this.#transport.close()
  }
}
