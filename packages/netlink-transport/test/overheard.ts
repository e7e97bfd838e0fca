import type { SimulatedKernel, SimulatedTransport } from '@nfkit/simulator'

/** A transport of a kernel, with what is sent through it and its siblings. */
export interface Overheard {
  readonly transport: SimulatedTransport
  readonly sent: Uint8Array[]
  readonly siblings: Overheard[]
}

/** Listen to a transport, and to those opened from it. */
export function overhear(transport: SimulatedTransport): Overheard {
  const heard: Overheard = { transport, sent: [], siblings: [] }
  const { send, sibling } = transport
  transport.send = (datagram) => {
    heard.sent.push(datagram.slice())
    send.call(transport, datagram)
  }
  transport.sibling = (options) => {
    const opened = overhear(sibling.call(transport, options))
    heard.siblings.push(opened)
    return opened.transport
  }
  return heard
}

/** Let the kernel track connections with these source ports. */
export function track(kernel: SimulatedKernel, packets: readonly Uint8Array[]): void {
  for (const packet of packets) void kernel.deliver(packet, { queue: null })
}

/** Turns of the event loop. */
export async function turns(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
