import { messageFlags } from '@nfkit/netlink-codec'
import { dumping, type Request } from '../../netlink/request.ts'

export const isDump = ({ flags }: Request): boolean => (flags & messageFlags.dump) !== 0

/** Begin a dump as its request wants it. */
export function dump(request: Request, messages: Iterator<Uint8Array>, doneFlags = 0): number {
  return request.socket.startDump(messages, request.sequence, doneFlags) || dumping
}
