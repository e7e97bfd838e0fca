import { RewriteError, rewrite } from '@nfkit/ip-codec'
import type { Packet } from '@nfkit/nfqueue'

const nothing = new Uint8Array(0)

/** Flags of a reset that has a number to go by. */
const flags = { rst: true, ack: true, psh: false, fin: false, syn: false, urg: false } as const

/**
 * What a packet becomes that breaks its connection off at whom it was sent to, in place of what it says: who sent it sends it again, and is refused then.
 * `undefined` of a packet that says nothing, and is not sent again, and of one the kernel would not take back.
 */
export function resetIn({ ip }: Packet): Uint8Array | undefined {
  if (ip?.tcp === undefined || ip.tcp.syn || ip.tcp.rst || ip.tcp.payload.length === 0) return undefined
  try {
    return rewrite(ip, { payload: nothing, tcp: { flags }, recompute: true })
  } catch (error) {
    if (error instanceof RewriteError) return undefined
    throw error
  }
}
