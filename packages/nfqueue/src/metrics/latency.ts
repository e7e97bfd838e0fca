import type { Handler } from '../judging/consumer.ts'
import type { Packet } from '../packet/packet.ts'

/**
 * The same handler, and a clock: `observe` is told the seconds from the reading of each packet's burst to its verdict, no matter what gives
 * it and however late. Queues that are not measured run as before.
 */
export function measured(handler: Handler, observe: (seconds: number) => void): Handler {
  return (packet) => {
    try {
      return handler(packet)
    } finally {
      clock(packet, observe)
    }
  }
}

/** Tell `observe` when the packet has its verdict: now, or when it comes. */
export function clock(packet: Packet, observe: (seconds: number) => void): void {
  const tell = () => observe((performance.now() - packet.arrivedAt) / 1_000)
  if (packet.judged) {
    tell()
    return
  }
  const before = packet.onSettled
  packet.onSettled = () => {
    before?.()
    tell()
  }
}
