import { ipProtocol } from '@nfkit/inet'
import type { Profile } from '../../../profile.ts'
import type { Connection } from '../connection.ts'
import { newDccpTrack } from './dccp.ts'
import { newSctpTrack } from './sctp.ts'
import { newTrack } from './tcp.ts'

/** Give a new connection the state its protocol has, all of it zero. */
export function startProtocol(connection: Connection, profile: Profile): void {
  switch (connection.original.protocol) {
    case ipProtocol.tcp:
      connection.tcp = newTrack()
      break
    case ipProtocol.sctp:
      connection.sctp = newSctpTrack()
      break
    case ipProtocol.dccp:
      if (profile.dccp) connection.dccp = newDccpTrack()
  }
}
