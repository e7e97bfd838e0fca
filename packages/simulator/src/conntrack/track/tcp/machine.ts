import { tcpState } from '@nfkit/netlink-codec/conntrack'
import type { SegmentKind } from '../../table/state/tcp.ts'

const { synSent, synRecv, established, finWait, closeWait, lastAck, timeWait, close, synSent2 } = tcpState

/** Not states: the segment cannot belong to the connection, or means nothing to it. */
export const invalid = -1
export const ignored = -2

type Row = Readonly<Record<Exclude<SegmentKind, 'none'>, readonly number[]>>

/** Columns are states: none, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSE, SYN_SENT2 (tcp_conntracks). */
export const machine: Readonly<Record<'original' | 'reply', Row>> = {
  original: {
    syn: [synSent, synSent, ignored, ignored, ignored, ignored, ignored, synSent, synSent, synSent2],
    synack: [invalid, invalid, synRecv, invalid, invalid, invalid, invalid, invalid, invalid, synRecv],
    fin: [invalid, invalid, finWait, finWait, lastAck, lastAck, lastAck, timeWait, close, invalid],
    ack: [established, invalid, established, established, closeWait, closeWait, timeWait, timeWait, close, invalid],
    rst: [invalid, close, close, close, close, close, close, close, close, close],
  },
  reply: {
    syn: [invalid, synSent2, invalid, invalid, invalid, invalid, invalid, synSent, invalid, synSent2],
    synack: [invalid, synRecv, ignored, ignored, ignored, ignored, ignored, ignored, ignored, synRecv],
    fin: [invalid, invalid, finWait, finWait, lastAck, lastAck, lastAck, timeWait, close, invalid],
    ack: [invalid, ignored, synRecv, established, closeWait, closeWait, timeWait, timeWait, close, ignored],
    rst: [invalid, close, close, close, close, close, close, close, close, close],
  },
}
