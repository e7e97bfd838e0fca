import type { TransportError } from '@nfkit/netlink-transport'

/**
 * What a recording says about a record besides its bytes, as a comment. Wireshark shows it; a replay reads it.
 *
 * `call`: a method of the transport that is no datagram, recorded as an `NLMSG_NOOP`. `error`: what a call or a send failed with, or,
 * on an `NLMSG_OVERRUN`, what the receiver was told.
 */
export interface Note {
  readonly call?: string | undefined
  readonly arguments?: readonly unknown[] | undefined
  readonly result?: unknown
  readonly error?: { readonly syscall: string; readonly errno: number } | undefined
}

const prefix = 'nfkit '

/** The comment for a note. */
export function noteText(note: Note): string {
  return prefix + JSON.stringify(note)
}

/** The note in a comment, if it is one. */
export function noteIn(comment: string | undefined): Note | undefined {
  if (!comment?.startsWith(prefix)) return undefined
  try {
    const value: unknown = JSON.parse(comment.slice(prefix.length))
    return isNote(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Values in values in a note, at most: `filter` has a list of instructions. */
const deepest = 8

function isNote(value: unknown): value is Note {
  if (typeof value !== 'object' || value === null || !isShallow(value, deepest)) return false
  const { call, arguments: args, error }: Partial<Record<keyof Note, unknown>> = value
  return (
    (call === undefined || typeof call === 'string') && (args === undefined || Array.isArray(args)) && isError(error)
  )
}

function isError(error: unknown): boolean {
  if (error === undefined) return true
  return typeof error === 'object' && error !== null && 'syscall' in error && 'errno' in error
}

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1))
}

/** The part of a transport's error that is recorded. */
export function errorNote({ syscall, errno }: TransportError): { syscall: string; errno: number } {
  return { syscall, errno }
}

/** Name of the interface that stands for a socket: `netlink`, and `netlink.2` for its second sibling. */
export const rootSocket = 'netlink'

/** Description of the interface that stands for a socket. */
export function socketDescription(portId: number): string {
  return `${prefix}socket, port ${portId}`
}

/** The port id in such a description; `undefined` when the capture is no recording of ours. */
export function portIdIn(description: string | undefined): number | undefined {
  const found = description?.match(/^nfkit socket, port (\d+)$/)
  return found ? Number(found[1]) : undefined
}
