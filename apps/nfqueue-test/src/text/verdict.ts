import { bad, good, notable } from './style.ts'

/** What lets a packet go its way, what ends it, and all else: it goes on, or elsewhere. */
const paints: { readonly [word: string]: (text: string) => string } = {
  accept: good,
  stop: good,
  delivered: good,
  sent: good,
  drop: bad,
  reject: bad,
  dropped: bad,
  vanished: bad,
}

/** A verdict, or what became of a packet, in the colour it has everywhere. `text`: how it is written. */
export const paintedVerdict = (word: string, text: string = word): string => (paints[word] ?? notable)(text)
