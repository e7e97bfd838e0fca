import { numberLines } from '../wire/number-lines.ts'

/** One log group with a reader, as the kernel shows it: a line of /proc/net/netfilter/nfnetlink_log (seq_show, net/netfilter/nfnetlink_log.c). */
export interface LogStatus {
  /** Number of the group. */
  readonly group: number
  /** Of the socket that reads it; for the first netlink socket of a process its process id. */
  readonly portId: number
  /** Packets that are gathered, and not sent yet. */
  readonly gathered: number
  /** Bytes of each packet that are copied. */
  readonly copyRange: number
}

/** The file below /proc/net in which the kernel shows its log groups: what `procNet` of a transport reads. */
export const logStatusFile = 'netfilter/nfnetlink_log'

/**
 * The log groups in the text of /proc/net/netfilter/nfnetlink_log.
 *
 * @example
 * import { parseLogStatus } from '@nfkit/netlink-codec/nflog'
 *
 * // readFileSync('/proc/net/netfilter/nfnetlink_log', 'utf8'), say
 * const [status] = parseLogStatus('    5   4242     3 2 65531     10  1\n')
 * console.log(status?.group, status?.portId, status?.gathered) // 5 4242 3
 */
export function parseLogStatus(text: string): LogStatus[] {
  return numberLines(text, 7).map(([group = 0, portId = 0, gathered = 0, , copyRange = 0]) => ({
    group,
    portId,
    gathered,
    copyRange,
  }))
}
