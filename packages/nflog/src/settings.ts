import { type LogConfig, logCommand, logConfig, logCopyMode, logFlags, nflogMessage } from '@nfkit/netlink-codec/nflog'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { type LogOptions, largestCopy } from './options.ts'

/**
 * Bytes the kernel gathers in one datagram. It rounds up to what its allocator gives, 65,216 at most for this, so that no datagram is longer than a
 * transport reads (nfulnl_alloc_skb, net/netfilter/nfnetlink_log.c).
 */
const datagramSize = 0x8000

/** Bind with all settings in one message: the kernel refuses or applies it as a whole. */
export function bindMessage(options: LogOptions, conntrack: boolean): Uint8Array {
  const { group, copyRange = largestCopy, threshold = 100, flushMilliseconds = 100 } = options
  return message(group, {
    cmd: { command: logCommand.bind },
    mode: { copyRange, copyMode: copyRange === 0 ? logCopyMode.meta : logCopyMode.packet },
    nlbufsiz: datagramSize,
    timeout: Math.ceil(flushMilliseconds / 10),
    qthresh: threshold,
    flags: logFlags.seq | (conntrack ? logFlags.conntrack : 0),
  })
}

export function commandMessage(group: number, command: keyof typeof logCommand): Uint8Array {
  return message(group, { cmd: { command: logCommand[command] } })
}

function message(resourceId: number, value: LogConfig): Uint8Array {
  return encodeMessage({ type: nflogMessage.config.type, flags: 0, resourceId }, logConfig, value)
}
