import { errno } from '@nfkit/netlink-codec'
import { type BpfInstruction, type BufferSizes, type SocketOption, TransportError } from '@nfkit/netlink-transport'
import { BpfProgram } from './bpf.ts'
import { bufferLimit, defaultBuffer } from './buffer-limit.ts'
import { type Datagram, type Reception, receptionOf } from './datagram.ts'
import { Dump, roomFor } from './dump.ts'
import type { Endpoint } from './endpoint.ts'
import { ReceiveQueue } from './receive-queue.ts'
import type { SocketHost, SocketOptions } from './socket-host.ts'
import { groupLimit } from './sockets.ts'
import { truesizeOf } from './truesize.ts'

/** One netlink socket as system calls see it; `SimulatedTransport` is the comfortable view. Failed calls throw `TransportError`. */
export class NetlinkSocket implements Endpoint {
  portId = 0
  /** Bit g − 1: group g. */
  groups = 0
  readonly processId: number
  readonly privileged: boolean
  readonly received: ReceiveQueue
  broadcastError = false
  extendedAck = false
  capAck = false
  sendBuffer = defaultBuffer
  /** Called when something became readable. */
  onReadable: (() => void) | undefined
  readonly #host: SocketHost
  #references = 1
  #dump: Dump | undefined
  #largestRead = 0
  #filter: BpfProgram | undefined

  constructor(host: SocketHost, options: Required<Omit<SocketOptions, 'protocol'>>) {
    this.#host = host
    this.processId = options.processId!
    this.privileged = options.privileged!
    this.received = new ReceiveQueue(defaultBuffer, host.chargesBeforeCheck)
  }

  get closed(): boolean {
    return this.#references === 0
  }

  /** Bind to a port id, 0 for any, and to groups 1 to 32. Bound again, with the port id it has, it leaves the groups joined before. */
  bind(portId = 0, groups = 0): void {
    this.#open('bind')
    if (groups !== 0 && !this.privileged) throw new TransportError('bind', errno.EPERM)
    if (this.portId === 0) {
      const failed = portId === 0 ? this.#autobind() : this.#host.sockets.claim(this, portId)
      if (failed) throw new TransportError('bind', failed)
      if (portId !== 0) this.portId = portId
    } else if (portId !== this.portId) {
      throw new TransportError('bind', errno.EINVAL)
    }
    this.groups = groups >>> 0
  }

  /** Join a multicast group. Throws `TransportError`, as the kernel refuses. */
  join(group: number): void {
    this.#membership(group)
    this.groups = (this.groups | (1 << (group - 1))) >>> 0
  }

  /** Leave a multicast group. Throws `TransportError`, as the kernel refuses. */
  leave(group: number): void {
    this.#membership(group)
    this.groups = (this.groups & ~(1 << (group - 1))) >>> 0
  }

  /** Whether the socket is in a multicast group. */
  joined(group: number): boolean {
    return ((this.groups >>> (group - 1)) & 1) === 1
  }

  /** Hand the kernel one datagram; returns its length. `to` another port id than the kernel's needs privilege. */
  send(datagram: Uint8Array, to = 0): number {
    this.#open('sendto')
    if (this.portId === 0) this.#autobind()
    if (datagram.length === 0) throw new TransportError('sendto', errno.ENODATA)
    if (to !== 0 && !this.privileged) throw new TransportError('sendto', errno.EPERM)
    if (datagram.length > this.sendBuffer - 32) throw new TransportError('sendto', errno.EMSGSIZE)
    const { faults } = this.#host
    const failed = faults.armed ? faults.failure(this, 'send error') : 0
    if (failed) throw new TransportError('sendto', failed)
    if (to === 0) {
      this.#host.input(this, datagram)
    } else {
      const receiver = this.#host.sockets.at(to)
      if (receiver === undefined) throw new TransportError('sendto', errno.ECONNREFUSED)
      if (!receiver.deliver(datagram.slice(), 0, this.portId)) throw new TransportError('sendto', errno.EAGAIN)
    }
    return datagram.length
  }

  /** Read one datagram into a buffer of `size` bytes. Throws `ENOBUFS` once after an overrun, `EAGAIN` when nothing waits. */
  receive(size: number): Reception {
    this.#open('recvfrom')
    const error = this.#host.faults.failure(this, 'read error') || this.received.takeError()
    if (error) throw new TransportError('recvfrom', error)
    const datagram = this.take(size)
    if (datagram === undefined) throw new TransportError('recvfrom', errno.EAGAIN)
    return receptionOf(datagram, size)
  }

  /** The same without copies and errors, for the transport: `undefined` when nothing waits. */
  take(size: number): Datagram | undefined {
    if (size > this.#largestRead) this.#largestRead = size
    const datagram = this.received.take()
    if (this.#dump && this.received.charged <= this.received.limit / 2) {
      const failed = this.#continueDump(this.#dump)
      if (failed) this.received.error = failed
    }
    return datagram
  }

  /** What poll(2) says. */
  poll(): { readonly readable: boolean; readonly error: boolean } {
    return { readable: this.received.isReadable, error: this.received.error !== 0 }
  }

  /** Turn a socket option on or off. */
  set(option: SocketOption, on: boolean): void {
    this.#open('setsockopt')
    if (option === 'noEnobufs') this.received.noEnobufs = on
    else this[option] = on
  }

  /** The sizes that are so large afterwards, twice what was asked for. */
  resize({ receive, send }: Partial<BufferSizes>): BufferSizes {
    this.#open('setsockopt')
    if (receive !== undefined) this.received.limit = bufferLimit('receive', receive, this.privileged)
    if (send !== undefined) this.sendBuffer = bufferLimit('send', send, this.privileged)
    return { receive: this.received.limit, send: this.sendBuffer }
  }

  /** Attach a classic BPF program; `undefined` detaches it. */
  filter(program: readonly BpfInstruction[] | undefined): void {
    this.#open('setsockopt')
    this.#filter = program && new BpfProgram(program)
  }

  /** Another descriptor of the same socket, as dup(2) and fork(2) make: it takes as many `close` more. */
  duplicate(): void {
    this.#references++
  }

  /** Free the socket and what the kernel keeps for it. Closing twice is fine. */
  close(): void {
    if (this.closed) return
    this.#references--
    if (this.#references > 0) return
    this.#dump = undefined
    this.#host.sockets.release(this.portId)
    this.#host.closed(this.portId)
  }

  deliver(bytes: Uint8Array, group: number, from = 0): boolean {
    const passed = this.#filter ? this.#filter.pass(bytes) : bytes
    if (!passed) return true
    return this.#arrive({ bytes: passed, from, group, truesize: truesizeOf(passed.length, this.#host.truesize) }, false)
  }

  startDump(messages: Iterator<Uint8Array>, sequence: number, doneFlags: number): number {
    if (this.#dump) return errno.EBUSY
    this.#dump = new Dump(messages, sequence, doneFlags, this.#host.faults.dumpFailure(this))
    return this.#continueDump(this.#dump)
  }

  /** Returns `ENOBUFS` where the next part finds no room: it comes with a later read. */
  #continueDump(dump: Dump): number {
    const room = roomFor(this.#largestRead)
    const truesize = truesizeOf(room, this.#host.truesize)
    if (this.received.refusesPart(truesize)) return errno.ENOBUFS
    const part = dump.part(room)
    if (part === undefined) this.#dump = undefined
    else if (this.#host.faults.armed) this.#host.faults.interrupt(this, part)
    const bytes = part ?? dump.done(this.portId)
    const passed = this.#filter ? this.#filter.pass(bytes) : bytes
    if (passed) this.#arrive({ bytes: passed, from: 0, group: 0, truesize }, true)
    return 0
  }

  #arrive(datagram: Datagram, force: boolean): boolean {
    const { faults } = this.#host
    const passed = faults.armed ? faults.intercept(this, datagram, this.#late) : datagram
    let taken = true
    if (passed === 'refused') {
      this.received.overrun()
      taken = false
    } else if (passed) {
      if (force) this.received.force(passed)
      else taken = this.received.offer(passed)
    }
    this.onReadable?.()
    return taken
  }

  readonly #late = (datagram: Datagram): void => {
    if (this.received.offer(datagram)) this.onReadable?.()
  }

  #autobind(): number {
    this.portId = this.#host.sockets.claimAny(this, this.processId)
    return 0
  }

  #membership(group: number): void {
    this.#open('setsockopt')
    if (!this.privileged && !this.#host.openGroups) throw new TransportError('setsockopt', errno.EPERM)
    if (!(group >= 1 && group <= groupLimit)) throw new TransportError('setsockopt', errno.EINVAL)
  }

  #open(syscall: string): void {
    if (this.closed) throw new TransportError(syscall, errno.EBADF)
  }
}
