import { errno } from '@nfkit/netlink-codec'
import { TransportError } from '@nfkit/netlink-transport'
import type { Outcome } from '../hooks/outcome.ts'
import { type TruesizeStep, truesizeOf } from '../socket/truesize.ts'
import type { DeliverOptions } from './deliver.ts'

/** What a local program's packets pass through. */
export type Deliver = (bytes: Uint8Array, options: DeliverOptions) => Promise<Outcome>

/**
 * A socket of a local program that sends packets. What of it waits in queues stays charged to its send buffer, so that a
 * filter that is slow, or asleep, holds up the senders.
 */
export class LocalSender {
  /** SO_SNDBUF as the kernel counts it. */
  readonly sendBuffer: number
  readonly #deliver: Deliver
  readonly #truesize: readonly TruesizeStep[]
  #charged = 0

  constructor(deliver: Deliver, truesize: readonly TruesizeStep[], sendBuffer: number) {
    this.#deliver = deliver
    this.#truesize = truesize
    this.sendBuffer = sendBuffer
  }

  /** Bytes charged for what is on its way. */
  get charged(): number {
    return this.#charged
  }

  /** Send one packet, and wait for what becomes of it. Throws `EAGAIN` while the send buffer is full. */
  send(bytes: Uint8Array, options: DeliverOptions = {}): Promise<Outcome> {
    if (this.#charged >= this.sendBuffer) throw new TransportError('sendto', errno.EAGAIN)
    const charge = truesizeOf(bytes.length, this.#truesize)
    this.#charged += charge
    return this.#deliver(bytes, { hook: 'output', ...options }).finally(() => {
      this.#charged -= charge
    })
  }
}
