import type { Masked, Tuple } from '@nfkit/inet'
import type { Flow } from '@nfkit/netlink-codec/conntrack'
import type { Packet } from '../packet/packet.ts'

/**
 * Where connections come from on kernels that do not send them with packets. `FlowLookup` of `@nfkit/conntrack` is one:
 * `openQueue(openMnl(), { number: 0, flows: new FlowLookup(await openConntrack(openMnl())) })`.
 */
export interface FlowSource {
  /** The connection if it is known without asking. */
  peek(tuple: Tuple): Flow | undefined
  /** The connection of a packet with this tuple, by asking the kernel; `undefined` when it has none, as for the first packet of one. */
  get(tuple: Tuple, packet: Packet): Promise<Flow | undefined> | undefined
  /** Resolves to whether there was a connection to set the mark on. */
  setMark(tuple: Tuple, mark: number | Required<Masked>): Promise<boolean>
}
