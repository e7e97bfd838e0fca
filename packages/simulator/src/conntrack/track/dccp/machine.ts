import { dccpState } from '@nfkit/netlink-codec/conntrack'
import { packetType } from './header.ts'

const { request: rq, respond: rs, partopen: po, open: op, closereq: cr, closing: cg, timewait: tw } = dccpState
/** No state: the packet may be right where tracking is out of step, or it cannot be. */
const { ignore: ig, invalid: iv } = dccpState

/**
 * By the sender's role and type of packet; columns are states: none, REQUEST, RESPOND, PARTOPEN, OPEN, CLOSEREQ, CLOSING, TIMEWAIT
 * (dccp_state_table).
 */
export const machine: Readonly<Record<'client' | 'server', Readonly<Record<number, readonly number[]>>>> = {
  client: {
    [packetType.request]: [rq, rq, rs, ig, ig, ig, ig, rq],
    [packetType.response]: [iv, ig, ig, ig, ig, ig, ig, iv],
    [packetType.data]: [iv, iv, iv, iv, op, cr, cg, iv],
    [packetType.ack]: [iv, iv, po, po, op, cr, cg, iv],
    [packetType.dataAck]: [iv, iv, po, po, op, cr, cg, iv],
    [packetType.closeReq]: [iv, iv, iv, iv, iv, iv, iv, iv],
    [packetType.close]: [iv, iv, iv, cg, cg, cg, iv, iv],
    [packetType.reset]: [iv, tw, tw, tw, tw, tw, tw, ig],
    [packetType.sync]: [iv, ig, ig, ig, ig, ig, ig, ig],
    [packetType.syncAck]: [iv, ig, ig, ig, ig, ig, ig, ig],
  },
  server: {
    [packetType.request]: [iv, ig, ig, ig, ig, ig, ig, rq],
    [packetType.response]: [iv, rs, rs, ig, ig, ig, ig, iv],
    [packetType.data]: [iv, iv, iv, op, op, iv, cg, iv],
    [packetType.ack]: [iv, iv, iv, op, op, iv, cg, iv],
    [packetType.dataAck]: [iv, iv, iv, op, op, iv, cg, iv],
    [packetType.closeReq]: [iv, iv, iv, cr, cr, cr, cr, iv],
    [packetType.close]: [iv, iv, iv, cg, cg, iv, cg, iv],
    [packetType.reset]: [iv, tw, tw, tw, tw, tw, tw, tw],
    [packetType.sync]: [iv, ig, ig, ig, ig, ig, ig, ig],
    [packetType.syncAck]: [iv, ig, ig, ig, ig, ig, ig, ig],
  },
}
