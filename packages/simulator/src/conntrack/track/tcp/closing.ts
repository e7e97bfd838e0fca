import { status, tcpState } from '@nfkit/netlink-codec/conntrack'
import { change } from '../../table/change.ts'
import type { Connection } from '../../table/connection.ts'
import type { Tracking } from '../tracking.ts'

/** A rule has reset the connection: it is closed, as if it had seen the reset (nf_conntrack_tcp_set_closing). */
export function closeByRule({ clock, events, timeouts }: Tracking, connection: Connection): void {
  const { tcp, original } = connection
  if (!tcp || !connection.confirmed) return
  const before = tcp.state
  tcp.state = tcpState.close
  if (before === tcpState.close || connection.has(status.fixedTimeout)) return
  const seconds = (connection.timeouts ?? timeouts.get(original.protocol))![tcpState.close]!
  connection.expires = clock.uptime + 1000 * seconds
  events.note(connection, change.protoinfo)
}
