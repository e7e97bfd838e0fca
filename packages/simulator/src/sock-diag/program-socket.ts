import { ipProtocol, parseAddress, parseEnd, type TupleEnd } from '@nfkit/inet'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { socketState } from '@nfkit/netlink-codec/sock-diag'
import { check } from '@nfkit/netlink-transport'

/** What a test says of a program's socket. */
export interface ProgramSocketOptions {
  /** `tcp` by default. */
  readonly protocol?: 'tcp' | 'udp' | 'udplite' | undefined
  /** Where it is bound: `10.0.0.1:443`, `0.0.0.0:53`, `[::]:53`. */
  readonly local: string
  /** Whom it is connected to: `10.0.0.2:4000`. */
  readonly remote?: string | undefined
  /** By default `listen` and `established` for TCP, `close` and `established` for UDP, without and with `remote`. */
  readonly state?: keyof typeof socketState | undefined
  /** User id; 0 by default. */
  readonly uid?: number | undefined
  /** By default the next one; 0 for a connection no program has accepted, or whose program has closed it. */
  readonly inode?: number | undefined
  /** Inode of the cgroup2 directory it was made in; 1, the root, by default. */
  readonly cgroupId?: bigint | undefined
  /** Mark of its packets. */
  readonly mark?: number | undefined
  /** Index of the interface it is bound to. */
  readonly interface?: number | undefined
  /** An IPv6 socket takes no IPv4; not by default. */
  readonly ipv6Only?: boolean | undefined
}

const names: check.OptionNames<ProgramSocketOptions> = {
  protocol: true,
  local: true,
  remote: true,
  state: true,
  uid: true,
  inode: true,
  cgroupId: true,
  mark: true,
  interface: true,
  ipv6Only: true,
}

/** An end as bytes. */
export interface End {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array
  /** 1 to 65535. */
  readonly port: number
}

/** What IPv4 in an address of IPv6 begins with. */
export const mapped: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/** States in which little is left of a socket: no user, no inode, no cgroup. */
const remainders: readonly number[] = [socketState.timeWait, socketState.synRecv, socketState.newSynRecv]

/** A program's socket of TCP or UDP, as the kernel keeps it. */
export class ProgramSocket {
  /** Layer-4 protocol number. */
  readonly protocol: number
  /** Address family it was made with. */
  readonly family: number
  readonly local: End
  /** `undefined` for one that listens, or is not connected. */
  remote: End | undefined
  readonly cookie: bigint
  readonly uid: number
  readonly cgroupId: bigint
  readonly mark: number
  readonly interface: number
  readonly ipv6Only: boolean
  /** A value of `socketState`. */
  state: number
  inode: number
  readonly #gone: (socket: ProgramSocket) => void

  /** Throws `RangeError` for what is no end of a connection, and `TypeError` for an option there is not. */
  constructor(options: ProgramSocketOptions, number: number, gone: (socket: ProgramSocket) => void) {
    const { protocol = 'tcp', local, remote, state } = check.options('options', options, names)
    this.protocol = ipProtocol[protocol]
    this.local = endOf('local', local)
    this.remote = remote === undefined ? undefined : endOf('remote', remote)
    this.family = this.local.address.length === 4 ? family.ipv4 : family.ipv6
    const usual = remote === undefined ? (protocol === 'tcp' ? 'listen' : 'close') : 'established'
    this.state = socketState[state ?? usual]
    this.cookie = BigInt(number)
    this.uid = options.uid ?? 0
    this.inode = options.inode ?? 10_000 + number
    this.cgroupId = options.cgroupId ?? 1n
    this.mark = options.mark ?? 0
    this.interface = options.interface ?? 0
    this.ipv6Only = options.ipv6Only ?? false
    this.#gone = gone
  }

  /** The remote end as it is told of: zeros where there is none, and IPv4 in 16 bytes in a socket of IPv6. */
  get far(): End {
    const { local, remote } = this
    const size = local.address.length
    if (remote === undefined) return { address: new Uint8Array(size), port: 0 }
    if (remote.address.length >= size) return remote
    return { address: Uint8Array.from([...mapped, ...remote.address]), port: remote.port }
  }

  /** Whether it is more than a remainder that waits for the other side. */
  get isFull(): boolean {
    return !remainders.includes(this.state)
  }

  /** What destroying leaves of a socket of UDP: it is bound still (udp_abort). */
  disconnect(): void {
    this.remote = undefined
    this.state = socketState.close
  }

  /** The last program closes it. */
  close(): void {
    this.#gone(this)
  }
}

function endOf(name: string, text: string): End {
  const end: TupleEnd | undefined = parseEnd(text)
  if (end?.port === undefined) throw new RangeError(`${name}: ${JSON.stringify(text)} is no address with a port`)
  return { address: parseAddress(end.address)!, port: end.port }
}
