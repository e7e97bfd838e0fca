import { utf8 } from '@nfkit/inet/bytes'
import { EncodeError } from '@nfkit/netlink-codec'
import { check } from '@nfkit/netlink-transport'

/** Tells of the packet: the programs of a group, or the system's log. */
export interface Log {
  /** Tells it from other statements. */
  readonly kind: 'log'
  /** What every message begins with. */
  readonly prefix?: string
  /** The group of NFLOG; without it, the system’s log. */
  readonly group?: number
  /** Bytes of the packet that the group gets. */
  readonly snaplen?: number
  /** How many packets the kernel gathers. */
  readonly queueThreshold?: number
  /** Of a line in the system’s log; `warn` when absent. */
  readonly level?: LogLevel
}

/** How important a line of the system's log is. */
export type LogLevel = keyof typeof logLevels

/** The kernel's numbers for levels (enum nft_log_level, include/uapi/linux/netfilter/nf_tables.h). */
export const logLevels = {
  emerg: 0,
  alert: 1,
  crit: 2,
  err: 3,
  warn: 4,
  notice: 5,
  info: 6,
  debug: 7,
  audit: 8,
} as const

/** Options of `log`. */
export interface LogOptions {
  /** What every message begins with: up to 127 bytes. */
  readonly prefix?: string | undefined
  /** The group of NFLOG whose program is told; without it, the system's log. */
  readonly group?: number | undefined
  /** Bytes of the packet that the group gets; all by default. */
  readonly snaplen?: number | undefined
  /** How many packets the kernel gathers before it tells the group. */
  readonly queueThreshold?: number | undefined
  /** Of a line in the system's log; `warn` by default. Not together with a group. */
  readonly level?: LogLevel | undefined
}

/**
 * Tell of the packet, and go on with the rule. Throws `EncodeError` for options that are not of one log, `RangeError` and `TypeError` for others that make
 * no sense.
 */
export function log(options: LogOptions = {}): Log {
  const { prefix, group, snaplen, queueThreshold, level } = check.all('log', options, {
    prefix: assertPrefix,
    group: (value) => check.whole('group', value, 0, 0xffff),
    snaplen: (value) => check.whole('snaplen', value, 0, 0xffff_ffff),
    queueThreshold: (value) => check.whole('queueThreshold', value, 0, 0xffff),
    level: (value) => check.word('level', value, logLevels),
  })
  if (level !== undefined && group !== undefined)
    throw new EncodeError('log', 'a level is of the system’s log, and a group is not: give one of them')
  if (group === undefined && (snaplen !== undefined || queueThreshold !== undefined))
    throw new EncodeError('log', 'snaplen and queueThreshold are of a group: name it')
  return Object.freeze({
    kind: 'log',
    ...(prefix === undefined ? {} : { prefix }),
    ...(group === undefined ? {} : { group }),
    ...(snaplen === undefined ? {} : { snaplen }),
    ...(queueThreshold === undefined ? {} : { queueThreshold }),
    ...(level === undefined || level === 'warn' ? {} : { level }),
  })
}

function assertPrefix(value: unknown): void {
  if (typeof value !== 'string' || value === '' || utf8(value).length > 127 || value.includes('\0'))
    throw new EncodeError('log prefix', 'it is text of 1 to 127 bytes')
}
