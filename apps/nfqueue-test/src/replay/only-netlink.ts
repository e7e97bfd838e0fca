import { type CaptureRecord, isNetlink, linktypeName } from '@nfkit/capture'
import type { LeftOut } from './left-out.ts'

/** The netlink datagrams of a capture that may hold packets, too. */
export async function* onlyNetlink(
  capture: AsyncIterable<CaptureRecord>,
  leftOut?: LeftOut,
): AsyncGenerator<CaptureRecord, void, undefined> {
  for await (const record of capture)
    if (isNetlink(record)) yield record
    else leftOut?.add(linktypeName(record.linktype))
}
