import { closeSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import {
  argument,
  type BpfInstruction,
  type BufferSizes,
  type Receiver,
  type SiblingOptions,
  type SocketCounters,
  type SocketOption,
  type Transport,
  TransportError,
} from '@nfkit/netlink-transport'
import { loadBinding, type NativeSocket } from './binding.ts'
import { packed } from './filter.ts'
import { checkedOptions, type MnlOptions, type Shape, shapeOf, smallestSlot } from './options.ts'
import { checked, Reading } from './reading.ts'

/** `NETLINK_*`: options of SOL_NETLINK (include/uapi/linux/netlink.h). */
const socketOption: Readonly<Record<SocketOption, number>> = {
  broadcastError: 4,
  noEnobufs: 5,
  capAck: 10,
  extendedAck: 11,
}
const addMembership = 1
const dropMembership = 2

/** `NETLINK_NETFILTER` (include/uapi/linux/netlink.h). */
const netfilter = 12

/** What the kernel keeps back of SO_SNDBUF (netlink_sendmsg, net/netlink/af_netlink.c). */
const sendReserve = 32

/** The kernel's counters of a socket, and the memory its batches hold. */
export interface MnlCounters extends SocketCounters {
  /** Datagrams of other processes (nl_pid ≠ 0) to a group, which were not delivered. */
  readonly foreign: number
}

/** A netlink socket of this machine's kernel. Keeps the process alive from `receive` until `close`. */
export class MnlSocket implements Transport {
  readonly portId: number
  readonly inherited: boolean
  readonly #options: MnlOptions
  readonly #shape: Shape
  readonly #native: NativeSocket
  readonly #number: number
  readonly #reading: Reading
  #sendLimit: number
  #closed = false

  /** Use `openMnl`. */
  constructor(options: MnlOptions) {
    this.#options = checkedOptions(options)
    this.#shape = shapeOf(options)
    const { protocol = netfilter, portId = 0, fd, netns, buffers = {} } = options
    const native = new (loadBinding().Socket)()
    this.#native = native
    this.#number = native.number()
    this.#reading = new Reading(native)
    this.inherited = fd !== undefined
    const failure = fd === undefined ? native.open(protocol, portId, netns) : native.adopt(fd, protocol, netns)
    if (failure) throw new TransportError(failure.syscall, failure.errno)
    try {
      this.portId = this.#native.portId()
      this.#sendLimit = this.resize(buffers).send - sendReserve
      this.set('extendedAck', true)
    } catch (error) {
      this.#native.close()
      throw error
    }
  }

  /** The socket's descriptor, which stays the transport's: hand it to a child process (`stdio`), or to a service manager. −1 once closed. */
  get fd(): number {
    return this.#native.descriptor()
  }

  get sendLimit(): number {
    return this.#sendLimit
  }

  send(datagram: Uint8Array): void {
    if (datagram.length > this.#sendLimit) throw new TransportError('sendto', constants.errno.EMSGSIZE)
    const result = loadBinding().send(this.#number, datagram)
    if (result < 0) throw new TransportError('sendto', -result)
  }

  answer(datagram: Uint8Array, failed: (error: TransportError) => void): boolean {
    return datagram.length <= this.#sendLimit && this.#reading.answer(datagram, failed)
  }

  receive(receiver: Receiver): void {
    this.#reading.start(receiver, this.#shape)
  }

  pause(): void {
    if (!this.#closed) this.#reading.pause()
  }

  resume(): void {
    this.#reading.resume()
  }

  readNow(): void {
    this.#reading.readNow()
  }

  join(group: number): void {
    checked('setsockopt', this.#native.option(addMembership, argument.group(group)))
  }

  leave(group: number): void {
    checked('setsockopt', this.#native.option(dropMembership, argument.group(group)))
  }

  set(option: SocketOption, on: boolean): void {
    checked('setsockopt', this.#native.option(socketOption[argument.option(option)], on ? 1 : 0))
  }

  resize(request: Partial<BufferSizes>): BufferSizes {
    const sizes = argument.sizes(request)
    const receive = this.#resize(true, sizes.receive)
    const send = this.#resize(false, sizes.send)
    this.#sendLimit = send - sendReserve
    return { receive, send }
  }

  filter(program: readonly BpfInstruction[] | undefined): void {
    if (program?.length === 0) throw new TransportError('setsockopt', constants.errno.EINVAL)
    checked('setsockopt', this.#native.filter(packed(argument.program(program ?? []))))
  }

  counters(): MnlCounters {
    const counted = this.#native.counters()
    if (typeof counted === 'number') throw new TransportError('getsockopt', -counted)
    const [receiveQueued, receiveBuffer, dropped, foreign] = counted
    return { dropped, receiveQueued, receiveBuffer, foreign }
  }

  interfaceName(index: number): string | undefined {
    const name = this.#native.interfaceName(index)
    return typeof name === 'string' ? name : undefined
  }

  procNet(file: string): string | undefined {
    if (this.#closed) return undefined
    // Of the thread: other threads of the process may be in other namespaces.
    const path = `/proc/thread-self/net/${file}`
    const text = this.#native.netns() < 0 ? textOf(path) : this.#native.readThere(path)
    return typeof text === 'string' ? text : undefined
  }

  sibling({ longest = Infinity, protocol = this.#options.protocol }: SiblingOptions = {}): MnlSocket {
    // Which namespace it was in is not known any more.
    if (this.#closed) throw new TransportError('socket', constants.errno.EBADF)
    return new MnlSocket({
      ...this.#options,
      protocol,
      slotSize: Math.max(smallestSlot, Math.min(argument.longest(longest), this.#shape.slotSize)),
      portId: undefined,
      fd: undefined,
      netns: pathOf(this.#native.netns()),
    })
  }

  /**
   * Another transport over the same socket, as another process has it that inherits the descriptor: same port id, same buffer, what is bound
   * stays bound until the last of them is closed. Of all that have one socket only one may receive at a time. Throws `TransportError` (EBADF)
   * after `close`.
   *
   * @example
   * import { openMnl } from '@nfkit/mnl-native'
   *
   * const transport = openMnl()
   * const heir = transport.heir()
   * transport.close()
   * console.log(heir.portId === transport.portId) // true
   * heir.close()
   */
  heir(): MnlSocket {
    if (this.#closed) throw new TransportError('fcntl', constants.errno.EBADF)
    const netns = this.#native.netns()
    const fd = checked('fcntl', loadBinding().duplicate(this.#native.descriptor()))
    try {
      return new MnlSocket({ ...this.#options, fd, portId: undefined, netns: pathOf(netns) })
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  close(): void {
    this.#closed = true
    this.#native.close()
    this.#reading.close()
  }

  #resize(receive: boolean, bytes: number | undefined): number {
    if (bytes === undefined) return checked('getsockopt', this.#native.resize(receive, undefined))
    return checked('setsockopt', this.#native.resize(receive, bytes))
  }
}

/** A namespace by its descriptor: another one may have the path by now. */
const pathOf = (netns: number) => (netns < 0 ? undefined : `/proc/self/fd/${netns}`)

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
