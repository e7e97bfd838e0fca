import type { Packet } from '@nfkit/nfqueue'
import type { Tracker } from '@nfkit/streams'

/** What becomes of a packet that a tracker has judged. */
export interface Following {
  /** It goes on, changed where its connection is rewritten. */
  readonly accept: (changes?: { readonly payload: Uint8Array }) => void
  readonly drop: () => void
  /** Nothing more comes of it: it may have been judged, or not. */
  readonly left: () => void
  /** Something was thrown. */
  readonly trouble: (error: Error) => void
}

/** Have a tracker judge a packet that is held. */
export function follow(tracker: Tracker, packet: Packet, { accept, drop, left, trouble }: Following): void {
  const { ip, checksumNotReady, checksumNotVerified, isGso } = packet
  try {
    const waits = tracker.push({ ip, checksumNotReady, checksumNotVerified, isGso, accept, drop })
    if (waits === undefined) left()
    else waits.catch(trouble).then(left)
  } catch (error) {
    trouble(error as Error)
    left()
  }
}
