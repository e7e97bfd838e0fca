import { check } from '@nfkit/netlink-transport'

/** Hands packets to user space, where a program decides. */
export interface Queue {
  /** Tells it from other statements. */
  readonly kind: 'queue'
  /** The first queue. */
  readonly from: number
  /** The last queue. */
  readonly to: number
  /** Packets go on while no program has bound the queue. */
  readonly bypass: boolean
  /** The processor chooses among queues, not the addresses. */
  readonly fanout: boolean
}

/** Options of `queue`. */
export interface QueueOptions {
  /** Let packets on while no program has bound the queue, in place of dropping them; false by default. */
  readonly bypass?: boolean | undefined
  /** Choose among queues by processor, not by the addresses of the packet; false by default. */
  readonly fanout?: boolean | undefined
}

/**
 * Hand packets to the program behind a queue or, spread over them, to those from one queue to another. The rules behind this one in
 * the chain never see the packet: a verdict to accept goes on at the next base chain. Throws `RangeError` and `TypeError` for
 * numbers and options that make no sense.
 *
 * @example
 * import { queue } from '@nfkit/nftables'
 *
 * console.log(queue(0, 3, { bypass: true }).to) // 3
 */
export function queue(from: number, options?: QueueOptions): Queue
export function queue(from: number, to: number, options?: QueueOptions): Queue
export function queue(from: number, second: number | QueueOptions = {}, third: QueueOptions = {}): Queue {
  const [to, options] = typeof second === 'object' ? [from, second] : [second, third]
  check.options('queue', options, { bypass: true, fanout: true })
  const { bypass = false, fanout = false } = options
  return Object.freeze({
    kind: 'queue',
    from: check.whole('from', from, 0, 0xffff),
    to: check.whole('to', to, from, 0xffff),
    bypass: check.flag('bypass', bypass),
    fanout: check.flag('fanout', fanout),
  })
}
