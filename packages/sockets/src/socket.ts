import {
  formatAddress,
  formatTuple,
  type IpProtocolName,
  inspect,
  ipProtocol,
  ipProtocolName,
  type TupleEnd,
} from '@nfkit/inet'
import { be16, view } from '@nfkit/inet/bytes'
import { headerSize, type Message, u32 } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import {
  socket as rowsOf,
  type SocketAnswer,
  socketAttrsOf,
  socketHeader,
  socketState,
} from '@nfkit/netlink-codec/sock-diag'

const { rows } = rowsOf

/** Where the fields of an answer are: those that are kept are read there, without an object for all. */
const at = Object.fromEntries(socketHeader.fields.map(({ key, at }) => [key, headerSize + at])) as {
  readonly [field in keyof SocketAnswer['header']]: number
}

/** A state of a socket. UDP has `established` for connected ones and `close` for others. */
export type SocketState = keyof typeof socketState

const stateNames = Object.fromEntries(Object.entries(socketState).map(([name, number]) => [number, name])) as {
  readonly [number: number]: SocketState
}

/** The protocols of which sockets are told. */
export type SocketProtocol = Extract<IpProtocolName, 'tcp' | 'udp' | 'udplite'>

/** A socket as the kernel told of it at one moment. Plain data. */
export class SocketInfo {
  readonly protocol: SocketProtocol
  readonly state: SocketState
  /** Where it is bound: `0.0.0.0` or `::` for any address. */
  readonly local: Required<TupleEnd>
  /** Whom it is connected to; `undefined` for a listener, and for an unconnected UDP socket. */
  readonly remote: Required<TupleEnd> | undefined
  /** Index of the interface it is bound to; `undefined` for any. */
  readonly interface: number | undefined
  /** User id of who made it; `undefined` where the kernel does not know any more: it then says 0, which is not root. */
  readonly uid: number | undefined
  /** Number by which `/proc/PID/fd` names it; `undefined` before a program has accepted it, and after the last one has closed it. */
  readonly inode: number | undefined
  /** Names the socket as long as the kernel runs; unlike the tuple, no other ever has it. */
  readonly cookie: bigint
  /** Inode of the cgroup2 directory it was made in, which it keeps when its program moves (Linux 5.8). */
  readonly cgroupId: bigint | undefined
  /** Mark of its packets, where it has one and the asking program may know. */
  readonly mark: number | undefined
  /** Bytes that wait to be read; of a listener the connections that wait to be accepted. */
  readonly receiveQueue: number
  /** Bytes that are not acknowledged; of a listener the connections that may wait. */
  readonly sendQueue: number

  /** Read an answer, with the protocol that was asked for. Throws `DecodeError` when it is too short. */
  constructor(message: Message, protocol: SocketProtocol) {
    const { bytes, start } = message
    const attrs = socketAttrsOf(message)
    const number = (field: number) => u32(bytes, start + field)
    const inode = number(at.inode)
    const uid = number(at.uid)
    this.protocol = protocol
    this.state = stateNames[bytes[start + at.state]!] ?? 'close'
    this.local = endAt(bytes, start, at.src, at.sport)
    this.remote = be16(bytes, start + at.dport) === 0 ? undefined : endAt(bytes, start, at.dst, at.dport)
    this.interface = number(at.interface) || undefined
    this.uid = inode === 0 && uid === 0 ? undefined : uid
    this.inode = inode || undefined
    this.cookie = (BigInt(number(at.cookie1)) << 32n) | BigInt(number(at.cookie0))
    this.cgroupId = attrs.get(rows.cgroupId)
    this.mark = attrs.get(rows.mark) || undefined
    this.receiveQueue = number(at.receiveQueue)
    this.sendQueue = number(at.sendQueue)
  }

  /** `tcp 10.0.0.1:4000 > 10.0.0.2:22 established uid 1000`. */
  toString(): string {
    const { protocol, local, remote, state, uid } = this
    const ends =
      remote === undefined
        ? `${protocol} ${local.address} port ${local.port}`
        : formatTuple({ protocol, source: local, destination: remote })
    return `${ends} ${state}${uid === undefined ? '' : ` uid ${uid}`}`
  }
  /** Plain data; numbers of 64 bits as decimal text. */
  toJSON(): Omit<SocketInfo, 'cookie' | 'cgroupId' | 'toJSON' | 'toString'> & {
    readonly cookie: string
    readonly cgroupId: string | undefined
  } {
    return { ...this, cookie: `${this.cookie}`, cgroupId: this.cgroupId === undefined ? undefined : `${this.cgroupId}` }
  }
  /** @internal What `console.log` shows. */
  [inspect](): string {
    return `${this}`
  }
}

/** An IPv4 address of a socket that speaks both families is written as IPv4. */
function endAt(bytes: Uint8Array, start: number, address: number, port: number): Required<TupleEnd> {
  const from = start + address
  const first = bytes[start + at.family] === family.ipv4 ? from : isMapped(bytes, from) ? from + 12 : undefined
  const text = first === undefined ? view(bytes, from, from + 16) : view(bytes, first, first + 4)
  return { address: formatAddress(text), port: be16(bytes, start + port) }
}

/** Whether the 16 bytes stand for an IPv4 address. */
function isMapped(bytes: Uint8Array, from: number): boolean {
  for (let i = 0; i < 10; i++) if (bytes[from + i] !== 0) return false
  return bytes[from + 10] === 0xff && bytes[from + 11] === 0xff
}

/** The protocol by name; `undefined` for one of which sockets are not told. */
export function socketProtocol(protocol: IpProtocolName | number): SocketProtocol | undefined {
  const name = typeof protocol === 'number' ? ipProtocolName(protocol) : protocol
  return name === 'tcp' || name === 'udp' || name === 'udplite' ? name : undefined
}

/** Its layer-4 number. */
export const protocolNumberOf = (protocol: SocketProtocol): number => ipProtocol[protocol]
