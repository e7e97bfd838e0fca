/** What becomes of a segment: each with its verdict, and what an end host does with such a segment. */
export const fates = {
  read: { verdict: 'accept', means: 'its bytes are new, and are read at once or when those before them have come' },
  repeated: { verdict: 'accept', means: 'it repeats bytes that came before, and they are the same' },
  mended: { verdict: 'accept', means: 'it repeated other bytes than came first; it goes on with the first ones' },
  empty: { verdict: 'accept', means: 'it has no data' },
  opening: { verdict: 'accept', means: 'it opens a connection' },
  stripped: { verdict: 'accept', means: 'it opens a connection and goes on without its data, which is sent again' },
  challenged: { verdict: 'accept', means: 'a host that has the connection answers it, and reads nothing' },
  reset: { verdict: 'accept', means: 'it ends both directions at once' },
  unfollowed: { verdict: 'accept', means: 'no connection is followed here, or the program has accepted this one' },
  outsideWindow: { verdict: 'drop', means: 'its data lies outside the window the receiver has announced' },
  withoutAck: { verdict: 'drop', means: 'it has data and no ACK flag' },
  wrongAck: { verdict: 'drop', means: 'it acknowledges what was never sent' },
  oldTimestamp: { verdict: 'drop', means: 'its clock is behind that of segments before it (PAWS, RFC 7323)' },
  signed: { verdict: 'drop', means: 'it carries a signature no SYN has announced' },
  wrongChecksum: { verdict: 'drop', means: 'its checksum is wrong' },
  malformed: { verdict: 'drop', means: 'it is no TCP segment a host would read' },
  unsettled: { verdict: 'drop', means: 'too many changes before it are not acknowledged yet: it is sent again' },
  afterEnd: { verdict: 'drop', means: 'its data lies behind the end of the stream, or comes after a reset' },
  differs: { verdict: 'drop', means: 'it repeats other bytes than came first' },
  forgotten: { verdict: 'drop', means: 'it repeats bytes that came so long ago that they are not known any more' },
  urgent: { verdict: 'drop', means: 'a host reads its urgent byte apart from the others' },
  overlapping: { verdict: 'drop', means: 'fragments of its packet overlap, and hosts read different packets' },
  crowded: { verdict: 'drop', means: 'its packet has more fragments than are kept' },
  held: { verdict: 'drop', means: 'the same bytes wait already, and go on with the packet that brought them' },
  unwritable: { verdict: 'drop', means: 'it would have to be changed, and no packet can carry it then' },
  tiny: { verdict: 'drop', means: 'its first fragment ends within the TCP header' },
  refused: { verdict: 'drop', means: 'the program has dropped this connection' },
  gaveUp: { verdict: 'unjudged', means: 'a limit was reached, and the connection is not followed any more' },
} as const satisfies { readonly [fate: string]: { readonly verdict: string; readonly means: string } }

/** A key of `fates`. */
export type Fate = keyof typeof fates
