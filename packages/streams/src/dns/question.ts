import type { Cursor } from '../reader/cursor.ts'
import { readName } from './name.ts'

/** What is asked. */
export interface DnsQuestion {
  /**
   * The name in lower case: labels with dots between them and none at the end, `.` for the root. Bytes that are no printable ASCII, dots and
   * backslashes inside of a label are `\ddd`.
   */
  readonly name: string
  /** The same as it was sent: an answer must repeat upper and lower case. */
  readonly sentName: string
  /** Type as the wire has it: see `dnsType`. */
  readonly type: number
  /** 1 is the Internet. The top bit, which multicast DNS uses, is not part of it. */
  readonly class: number
}

/** The class without the bit that multicast DNS uses (RFC 6762, 10.2 and 18.12). */
export const classOf = (value: number): number => value & 0x7fff

/** The question at the cursor. Throws a `ReadError` when it is malformed. */
export function readQuestion(cursor: Cursor): DnsQuestion {
  const { name, end } = readName(cursor.bytes, cursor.at)
  cursor.at = end
  return { name: name.toLowerCase(), sentName: name, type: cursor.u16(), class: classOf(cursor.u16()) }
}
