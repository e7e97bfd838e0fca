import { putBe16 } from '@nfkit/inet/bytes'
import { align, encodeAttrs, headerSize, messageFlags, putU16, putU32 } from '@nfkit/netlink-codec'
import { socketMessage, socketState, socket as socketTable } from '@nfkit/netlink-codec/sock-diag'
import type { End, ProgramSocket } from './program-socket.ts'

/** Bytes of `struct inet_diag_msg`. */
const size = 72

/** To whom a socket is described, and in answer to what. */
export interface Telling {
  readonly sequence: number
  readonly portId: number
  /** Whether the one who asks may know marks. */
  readonly privileged: boolean
  /** Part of a dump. */
  readonly multi?: boolean | undefined
  /** It is gone: what is left is told, with its protocol. */
  readonly gone?: boolean | undefined
}

/** One socket as the kernel tells of it (inet_sk_diag_fill, net/ipv4/inet_diag.c). */
export function described(socket: ProgramSocket, telling: Telling): Uint8Array {
  const { isFull, state, local, far, uid, inode, cookie } = socket
  const { gone = false, privileged } = telling
  const whole = isFull && !gone
  const attrs = encodeAttrs(
    socketTable,
    gone
      ? { protocol: socket.protocol }
      : whole
        ? {
            shutdown: 0,
            ...(privileged ? { mark: socket.mark } : {}),
            cgroupId: socket.cgroupId,
            sockopt: { options: 0, more: 0 },
          }
        : {},
  )
  const bytes = new Uint8Array(align(headerSize + size) + attrs.length)
  putU32(bytes, 0, bytes.length)
  putU16(bytes, 4, socketMessage.byFamily.type)
  putU16(bytes, 6, telling.multi ? messageFlags.multi : 0)
  putU32(bytes, 8, telling.sequence)
  putU32(bytes, 12, telling.portId)
  const at = headerSize
  bytes[at] = socket.family
  bytes[at + 1] = gone ? socketState.close : state
  end(bytes, at + 4, at + 8, local)
  end(bytes, at + 6, at + 24, far)
  putU32(bytes, at + 40, socket.interface)
  putU32(bytes, at + 44, Number(cookie & 0xffff_ffffn))
  putU32(bytes, at + 48, Number(cookie >> 32n))
  putU32(bytes, at + 64, whole ? uid : 0)
  putU32(bytes, at + 68, whole ? inode : 0)
  bytes.set(attrs, align(headerSize + size))
  return bytes
}

function end(bytes: Uint8Array, portAt: number, addressAt: number, { address, port }: End): void {
  putBe16(bytes, portAt, port)
  bytes.set(address, addressAt)
}
