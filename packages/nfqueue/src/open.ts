import { errno } from '@nfkit/netlink-codec'
import { type BufferSizes, NetlinkError, type Transport } from '@nfkit/netlink-transport'
import { QueueError, type QueueRefusal } from './errors.ts'
import { bindOrSet } from './handover/adoption.ts'
import { checkedOptions, type QueueOptions } from './options.ts'
import { Queue } from './queue.ts'
import { commandMessage, defaults, merge, type Settings, settingsMessage } from './settings/settings.ts'
import { Channel } from './socket/channel.ts'
import { statusOf } from './status.ts'

/**
 * Bind a queue and configure it; resolves when the kernel has acknowledged both, as one request. The queue owns the transport and
 * closes it, also when opening fails; several queues opened on one transport share it, and the last one closes it.
 *
 * On a transport whose socket was inherited (`openMnl({ fd })`) a queue that the program before has bound is taken over: it is given the
 * settings, and nothing that waits is lost. The program before must have stopped reading (`queue.handOver`, or it is dead). Where opening fails
 * then, the queue stays bound.
 *
 * Rejects with `QueueError` when the kernel refuses (its `reason` says why, its sentence what to do), `TypeError` or `RangeError` for an
 * option that is unknown or out of range, the reason of `signal`, and `TransportError` when the socket fails.
 *
 * @example
 * import { openMnl } from '@nfkit/mnl-native'
 * import { openQueue } from '@nfkit/nfqueue'
 *
 * const queue = await openQueue(openMnl(), { number: 0, onUnjudged: 'accept' })
 * await queue.run((packet) => (packet.ip?.tcp?.destinationPort === 23 ? packet.drop() : packet.accept()))
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
    batchVerdicts = false,
    flows,
    handover,
    orphans = 'repeat',
    signal,
  } = checkedOptions(options)
  const settings = merge(defaults, options)
  signal?.throwIfAborted()
  if (channel.get(number))
    throw new QueueError(number, 'bound', new NetlinkError({ errno: errno.EBUSY, request: 'openQueue' }))
  const warnings = prepare(transport, settings, options)

  const terms = { number, settings, onUnjudged, deadlineMilliseconds, batchVerdicts, flows, signal }
  const queue = new Queue(channel, terms)
  try {
    const status = channel.inherited ? statusOf(channel, number) : undefined
    const { granted, adopted } = await bind(channel, number, settings, conntrack, signal)
    if (adopted) queue.adopt({ handover, status, orphans })
    signal?.throwIfAborted()
    if (conntrack === 'prefer' && !granted && !flows) warnings.push(noGlue)
    queue.opened(granted, warnings)
  } catch (error) {
    // Without an answer the kernel may have bound it all the same. One that was bound before waits for the next program.
    if (error instanceof QueueError || channel.inherited)
      channel.remove(number, channel.inherited ? 'handover' : 'closing')
    else await queue.close()
    throw error
  }
  return queue
}

const noGlue =
  'this kernel does not send connections with packets (it lacks NETFILTER_NETLINK_GLUE_CT, or nf_conntrack_netlink is not loaded): packet.flow stays undefined, connmarks in verdicts are ignored'

/** How long the kernel's answers may take where packets wait in front of them. */
const inheritedMilliseconds = 30_000

/** What the kernel has agreed to. */
interface Bound {
  /** Whether connections come with packets. */
  readonly granted: boolean
  /** Whether a program before had bound it on this socket. */
  readonly adopted: boolean
}

/** Bind with all settings in one message. Where the socket has bound the queue already, give it the settings: nothing that waits is lost. */
async function bind(
  channel: Channel,
  number: number,
  settings: Settings,
  conntrack: 'prefer' | 'require' | 'off',
  signal: AbortSignal | undefined,
): Promise<Bound> {
  let adopted = false
  const attempt = async (granted: boolean): Promise<Bound> => {
    // Of an inherited socket the answers come behind all that waits unread.
    const timeoutMilliseconds = channel.inherited ? inheritedMilliseconds : undefined
    const ask = (bind: boolean) =>
      channel.request(settingsMessage(number, settings, granted, bind), { signal, timeoutMilliseconds })
    if (!channel.inherited) await ask(true)
    else adopted = await bindOrSet(ask)
    return { granted, adopted }
  }
  try {
    return await attempt(conntrack !== 'off')
  } catch (error) {
    if (!(error instanceof NetlinkError)) throw error
    if (conntrack === 'off' || error.errno !== errno.EOPNOTSUPP) throw await explain(channel, number, settings, error)
    // The kernel refused the message as a whole. Without the flag it shows whether that was what it disliked.
    const second = await attempt(false).catch(async (reason: unknown) => {
      throw reason instanceof NetlinkError ? await explain(channel, number, settings, reason) : reason
    })
    if (conntrack === 'prefer') return second
    if (!adopted) await channel.request(commandMessage(number, 'unbind'))
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

/** `PF_BIND` has no effect and always succeeds, even when another program owns the queue: only privilege and module are needed. */
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
