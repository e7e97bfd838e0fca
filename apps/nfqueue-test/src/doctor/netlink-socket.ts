import { type Holder, socketHolders } from '@nfkit/sockets'
import { linuxFiles } from '@nfkit/sockets/linux'
import { kernelFile } from './kernel-file.ts'

/** A netlink socket as /proc/net/netlink shows it (netlink_native_seq_show, net/netlink/af_netlink.c). */
export interface NetlinkSocket {
  readonly portId: number
  /** Multicast groups it listens to: bit 0 is group 1. */
  readonly groups: number
  /** Messages it lost because its receive buffer was full. */
  readonly dropped: number
  readonly inode: number
}

const netfilter = 12

/** The netfilter sockets in the text of /proc/net/netlink. */
export const parseNetlinkSockets = (text: string): NetlinkSocket[] =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, protocol, portId]) => Number(protocol) === netfilter && Number(portId) !== 0)
    .map(([, , portId, groups = '', , , , , dropped, inode]) => ({
      portId: Number(portId),
      groups: Number.parseInt(groups, 16),
      dropped: Number(dropped),
      inode: Number(inode),
    }))

/** The netfilter sockets of this network namespace, and who has each of them open: a port id is that of a process by habit alone. */
export class NetlinkSockets {
  readonly all: readonly NetlinkSocket[]
  readonly #holders: ReadonlyMap<number, readonly Holder[]>

  constructor() {
    this.all = parseNetlinkSockets(kernelFile('/proc/net/netlink'))
    this.#holders = socketHolders(
      linuxFiles,
      this.all.map(({ inode }) => inode),
    )
  }

  /** Whether no other process than this one has the socket open. */
  isOwn({ inode }: NetlinkSocket): boolean {
    const holders = this.#holders.get(inode) ?? []
    return holders.length > 0 && holders.every(({ pid }) => pid === process.pid)
  }

  /** Who has a socket open: `process 4711, "ulogd" of ulogd.service`; by its port id where that cannot be seen. */
  who(portId: number): string {
    const inode = this.all.find((socket) => socket.portId === portId)?.inode
    const [first, ...others] = (inode === undefined ? undefined : this.#holders.get(inode)) ?? []
    if (first === undefined) return `port id ${portId}`
    const { pid, name, unit, container } = first
    const place = unit ?? (container && `container ${container.slice(0, 12)}`)
    const more = others.length > 0 ? `, and ${others.length} more` : ''
    return `process ${pid}, "${name}"${place === undefined ? '' : ` of ${place}`}${more}`
  }
}
