import { type Checks, check } from '@nfkit/netlink-transport'

/** Which log group is opened, and how its packets come. */
export interface LogOptions {
  /** 0 to 65535: the number after `log group` (nft) or `--nflog-group` (iptables). */
  readonly group: number
  /** Bytes of each packet to copy: 0 for none, which still tells of each packet; 65,531, all of most packets, by default. */
  readonly copyRange?: number | undefined
  /**
   * Whether to have each packet's connection sent with it. `prefer` (the default): where the kernel can; a `warning` says when it
   * cannot, and `log.conntrack` tells. `require`: else opening fails with reason `conntrack`. `off`: never asked for.
   */
  readonly conntrack?: 'prefer' | 'require' | 'off' | undefined
  /** Packets the kernel gathers before it sends them: 1 sends each at once, 100 by default. A rule may ask for fewer. */
  readonly threshold?: number | undefined
  /** How long a packet may wait for others, in milliseconds, rounded up to hundredths of a second; 100 by default, 0 hardly at all. */
  readonly flushMilliseconds?: number | undefined
  /** Bytes of the receive buffer to ask for; 8 MiB by default. A `warning` says when less was granted. */
  readonly receiveBuffer?: number | undefined
  /** Closes the log when it aborts, and ends an opening that is under way: `openLog` then rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** The most of a packet that fits into one attribute: 65535 less the attribute's header (NFULNL_COPY_RANGE_MAX). */
export const largestCopy = 65_531

const conntrackWords = { prefer: true, require: true, off: true }
const longestFlush = 0x7fff_ffff

const checks: Checks<LogOptions> = {
  group: (value) => check.whole('group', value, 0, 0xffff),
  copyRange: (value) => check.whole('copyRange', value, 0, largestCopy),
  conntrack: (value) => check.word('conntrack', value, conntrackWords),
  threshold: (value) => check.whole('threshold', value, 1, 0xffff_ffff),
  flushMilliseconds: (value) => check.whole('flushMilliseconds', value, 0, longestFlush),
  receiveBuffer: (value) => check.whole('receiveBuffer', value, 1, 0x3fff_ffff),
  signal: (value) => check.signal('signal', value),
}

/** Returns `options` when each is known and in range; else throws `TypeError` or `RangeError` with the option, the value and what is allowed. */
export function checkedOptions(options: LogOptions): LogOptions {
  check.all('openLog', options, checks)
  checks.group(options.group)
  return options
}
