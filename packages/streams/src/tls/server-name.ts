import type { Cursor } from '../reader/cursor.ts'
import { comparedName, latin1 } from '../reader/text.ts'
import { mark, type TlsOddity } from './oddity.ts'
import { refuse } from './problem.ts'

const hostName = 0

/** The name of a server_name extension (RFC 6066, 3). */
export interface ServerName {
  /** As it was sent, a character for each byte. */
  readonly sent: string
  /** As names are compared; `undefined` when it is no name of a host. */
  readonly compared: string | undefined
}

/** The first host name of the list: the one that servers take which take any of several. */
export function readServerName(data: Cursor, odd: TlsOddity[]): ServerName | undefined {
  const list = data.part(data.u16())
  if (data.left > 0 || list.left === 0) refuse('extension', data.at)
  let name: ServerName | undefined
  while (list.left > 0) {
    const type = list.u8()
    const entry = list.part(list.u16())
    if (type !== hostName) mark(odd, 'serverNameType')
    else if (name !== undefined) mark(odd, 'serverNames')
    else {
      const sent = latin1(entry.bytes, entry.at, entry.end)
      name = { sent, compared: comparedName(sent) }
      if (name.compared === undefined) mark(odd, 'serverNameUnusable')
    }
  }
  return name
}
