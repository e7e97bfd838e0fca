import { errno } from '@nfkit/netlink-codec'
import { type BufferSizes, NetlinkError, type Transport } from '@nfkit/netlink-transport'
import { Channel } from './channel.ts'
import { QueueError, type QueueRefusal } from './errors.ts'
import type { FlowSource } from './flow-source.ts'
import { Queue } from './queue.ts'
import {
  commandMessage,
  defaults,
  merge,
  type QueueSettings,
  type Settings,
  settingsMessage,
  whole,
} from './settings.ts'
import { isQueueNumber, type Verdict, verdictWord } from './verdict.ts'

export interface QueueOptions extends QueueSettings {
  /** 0 to 65535: the number after `--queue-num` (iptables) or `queue to` (nft). */
  readonly number: number
  /**
   * Whether to have each packet's connection sent with it. `prefer` (the default): where the kernel can; a `warning` says when it
   * cannot, and `queue.conntrack` tells. `require`: else opening fails with reason `conntrack`. `off`: never asked for.
   */
  readonly conntrack?: 'prefer' | 'require' | 'off' | undefined
  /** The verdict of packets that get none from the handler; `drop` by default, as the kernel does when the program ends. */
  readonly onUnjudged?: Verdict | undefined
  /** How long a packet may wait for its verdict; 5,000 by default. `Infinity`: for ever, as in the kernel. */
  readonly deadlineMilliseconds?: number | undefined
  /** Bytes of socket buffer; by default derived from `maxLength` and `copyRange`. A `warning` says when less was granted. */
  readonly receiveBuffer?: number | undefined
  readonly sendBuffer?: number | undefined
  /**
   * Where `packet.flow` and connmarks go when the kernel does not join packets and connections itself. The packet then waits for its
   * flow before it is handed out, and for its connmark before it is released; other packets do not.
   */
  readonly flows?: FlowSource | undefined
  /** Gives the text of the kernel's table of queues; by default it is read from `queueStatusPath`. */
  readonly queueTable?: (() => string) | undefined
  /** Closes the queue when it aborts. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Bind a queue and configure it; resolves when the kernel has acknowledged both, as one request. The queue owns the transport and
 * closes it, also when opening fails; several queues opened on one transport share it, and the last one closes it.
 *
 * Rejects with `QueueError` when the kernel refuses (its `reason` says why, its sentence what to do), `RangeError` for an option
 * out of range, and `TransportError` when the socket fails.
 */
export async function openQueue(transport: Transport, options: QueueOptions): Promise<Queue> {
  const channel = Channel.of(transport)
  try {
    return await open(channel, transport, options)
  } catch (error) {
    channel.closeIfUnused()
    throw error
  }
}

async function open(channel: Channel, transport: Transport, options: QueueOptions): Promise<Queue> {
  const {
    number,
    conntrack = 'prefer',
    onUnjudged = 'drop',
    deadlineMilliseconds = 5_000,
    flows,
    queueTable,
    signal,
  } = options
  if (!isQueueNumber(number))
    throw new RangeError(`number: ${String(number)} is no queue number: a whole number from 0 to 65535`)
  if (!(deadlineMilliseconds > 0)) throw new RangeError(`deadlineMilliseconds: ${deadlineMilliseconds} is not above 0`)
  verdictWord(onUnjudged)
  const settings = merge(defaults, options)
  signal?.throwIfAborted()
  if (channel.get(number))
    throw new QueueError(number, 'bound', new NetlinkError({ errno: errno.EBUSY, request: 'openQueue' }))
  const warnings = prepare(transport, settings, options)

  const queue = new Queue(channel, { number, settings, onUnjudged, deadlineMilliseconds, flows, queueTable })
  try {
    const granted = await bind(channel, number, settings, conntrack)
    if (conntrack === 'prefer' && !granted && !flows) warnings.push(noGlue)
    queue.opened(granted, warnings)
  } catch (error) {
    channel.remove(number)
    throw error
  }
  signal?.addEventListener('abort', () => queue.close(), { once: true })
  return queue
}

const noGlue =
  'this kernel does not send connections with packets (it lacks NETFILTER_NETLINK_GLUE_CT, or nf_conntrack_netlink is not loaded): packet.flow stays undefined, connmarks in verdicts are ignored'

/** Bind with all settings in one message; returns whether connections come with packets. */
async function bind(
  channel: Channel,
  number: number,
  settings: Settings,
  conntrack: 'prefer' | 'require' | 'off',
): Promise<boolean> {
  const attempt = (withConntrack: boolean) => channel.request(settingsMessage(number, settings, withConntrack, true))
  try {
    await attempt(conntrack !== 'off')
    return conntrack !== 'off'
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error
    if (conntrack === 'off' || error.errno !== errno.EOPNOTSUPP) throw await explain(channel, number, settings, error)
    // The kernel refused the message as a whole. Without the flag it shows whether that was what it disliked.
    try {
      await attempt(false)
    } catch (second) {
      throw second instanceof NetlinkError ? await explain(channel, number, settings, second) : second
    }
    if (conntrack === 'prefer') return false
    await channel.request(commandMessage(number, 'unbind'))
    throw new QueueError(number, 'conntrack', error)
  }
}

/** What a refused bind means. */
async function explain(channel: Channel, number: number, settings: Settings, error: NetlinkError): Promise<QueueError> {
  return new QueueError(number, await reasonOf(channel, number, settings, error), error)
}

async function reasonOf(
  channel: Channel,
  number: number,
  settings: Settings,
  error: NetlinkError,
): Promise<QueueRefusal> {
  switch (error.errno) {
    case errno.EPERM:
      return (await isPermitted(channel, number)) ? 'owned' : 'permission'
    case errno.EBUSY:
    case errno.EEXIST:
      return 'bound'
    case errno.EOPNOTSUPP:
      return settings.secctx ? 'secctx' : 'option'
    case errno.EINVAL:
      // An unknown subsystem has the same answer as an option that is unknown (nfnetlink_rcv_msg).
      return (await isPermitted(channel, number)) ? 'option' : 'module'
    default:
      return 'other'
  }
}

/** `PF_BIND` has no effect and always succeeds, whoever owns the queue: only privilege and module are needed. */
async function isPermitted(channel: Channel, number: number): Promise<boolean> {
  try {
    await channel.request(commandMessage(number, 'pfBind'))
    return true
  } catch {
    return false
  }
}

/** Bytes a queued packet of 1,500 bytes occupies in a socket buffer, its share of kernel structures included. */
const packetCharge = 2_304
const largestCharge = 70_000
const largestDefault = 0x400_0000

/** Ready the socket: losses are counted by id gaps instead of congesting it, and its buffers hold a full queue. */
function prepare(transport: Transport, settings: Settings, options: QueueOptions): string[] {
  if (options.receiveBuffer !== undefined) whole('receiveBuffer', options.receiveBuffer, 1, 0x3fff_ffff)
  if (options.sendBuffer !== undefined) whole('sendBuffer', options.sendBuffer, 1, 0x3fff_ffff)
  transport.set('noEnobufs', true)
  const charge = settings.gso ? largestCharge : packetCharge
  const wanted: Partial<BufferSizes> = {
    receive: options.receiveBuffer ?? Math.min(settings.maxLength * charge, largestDefault),
    ...(options.sendBuffer === undefined ? {} : { send: options.sendBuffer }),
  }
  const granted = transport.resize(wanted)
  return (['receive', 'send'] as const)
    .filter((which) => granted[which] < (wanted[which] ?? 0))
    .map(
      (which) =>
        `the ${which} buffer has ${granted[which]} of ${wanted[which]} bytes: packets are lost sooner under load; CAP_NET_ADMIN lifts the limit, or raise net.core.${which === 'receive' ? 'rmem_max' : 'wmem_max'}`,
    )
}
