import { linktype } from './format/linktype.ts'
import type { CaptureSource } from './format/source.ts'
import { readCapture } from './reader.ts'

/**
 * What the first record of a capture says it is of: `netlink`, for `replayTransport`, or `packets`, for `replayPackets`. Throws
 * `CaptureError`. Read the file anew afterwards; a stream can only be read once.
 */
export async function captureKind(source: CaptureSource): Promise<'netlink' | 'packets' | 'empty'> {
  for await (const record of readCapture(source)) return record.linktype === linktype.netlink ? 'netlink' : 'packets'
  return 'empty'
}
