import type { CaptureRecord } from './format/record.ts'
import { isNetlink } from './netlink/netlink.ts'

/**
 * The content of a capture by its first record: `netlink`, for `replayTransport`, or `packets`, for `replayPackets`. Throws what
 * reading the capture throws. Input that can be read only once is given as `lookAhead.ahead()`.
 */
export async function captureKind(records: AsyncIterable<CaptureRecord>): Promise<'netlink' | 'packets' | 'empty'> {
  for await (const record of records) return isNetlink(record) ? 'netlink' : 'packets'
  return 'empty'
}
