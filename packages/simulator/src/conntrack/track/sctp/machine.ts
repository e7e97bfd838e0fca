import { sctpState } from '@nfkit/netlink-codec/conntrack'
import { chunkType } from './chunk.ts'

const { closed: cl, cookieWait: cw, cookieEchoed: ce, established: es } = sctpState
const { shutdownSent: ss, shutdownRecd: sr, shutdownAckSent: sa, heartbeatSent: hs } = sctpState

/** No state: the chunk cannot belong to the association. */
export const invalid = -1
const iv = invalid

/**
 * By type of chunk; columns are states: none, CLOSED, COOKIE_WAIT, COOKIE_ECHOED, ESTABLISHED, SHUTDOWN_SENT, SHUTDOWN_RECD, SHUTDOWN_ACK_SENT,
 * HEARTBEAT_SENT (sctp_conntracks). Other chunks change nothing.
 */
export const machine: Readonly<Record<'original' | 'reply', Readonly<Record<number, readonly number[]>>>> = {
  original: {
    [chunkType.init]: [cl, cl, cw, ce, es, cl, cl, sa, cw],
    [chunkType.initAck]: [cl, cl, cw, ce, es, ss, sr, sa, cl],
    [chunkType.abort]: [cl, cl, cl, cl, cl, cl, cl, cl, cl],
    [chunkType.shutdown]: [cl, cl, cw, ce, ss, ss, sr, sa, cl],
    [chunkType.shutdownAck]: [sa, cl, cw, ce, es, sa, sa, sa, sa],
    [chunkType.error]: [cl, cl, cw, ce, es, ss, sr, sa, cl],
    [chunkType.cookieEcho]: [cl, cl, ce, ce, es, ss, sr, sa, cl],
    [chunkType.cookieAck]: [cl, cl, cw, es, es, ss, sr, sa, cl],
    [chunkType.shutdownComplete]: [cl, cl, cw, ce, es, ss, sr, cl, cl],
    [chunkType.heartbeat]: [hs, cl, cw, ce, es, ss, sr, sa, hs],
    [chunkType.heartbeatAck]: [cl, cl, cw, ce, es, ss, sr, sa, hs],
  },
  reply: {
    [chunkType.init]: [iv, cl, cw, ce, es, ss, sr, sa, iv],
    [chunkType.initAck]: [iv, cw, cw, ce, es, ss, sr, sa, iv],
    [chunkType.abort]: [iv, cl, cl, cl, cl, cl, cl, cl, iv],
    [chunkType.shutdown]: [iv, cl, cw, ce, sr, ss, sr, sa, iv],
    [chunkType.shutdownAck]: [iv, cl, cw, ce, es, sa, sa, sa, iv],
    [chunkType.error]: [iv, cl, cw, cl, es, ss, sr, sa, iv],
    [chunkType.cookieEcho]: [iv, cl, ce, ce, es, ss, sr, sa, iv],
    [chunkType.cookieAck]: [iv, cl, cw, es, es, ss, sr, sa, iv],
    [chunkType.shutdownComplete]: [iv, cl, cw, ce, es, ss, sr, cl, iv],
    [chunkType.heartbeat]: [iv, cl, cw, ce, es, ss, sr, sa, hs],
    [chunkType.heartbeatAck]: [iv, cl, cw, ce, es, ss, sr, sa, es],
  },
}
