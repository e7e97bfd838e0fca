import { netlinkDatagrams, netlinkNetfilter } from '@nfkit/capture'
import { DecodeError, decode, type Message, messages } from '@nfkit/netlink-codec'
import { netfilterHeaderSize, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import {
  copyMode,
  nfqueueMessage,
  type QueueConfig,
  queueCommand,
  queueConfig,
  queueFlags,
} from '@nfkit/netlink-codec/nfqueue'
import type { QueueOptions } from '@nfkit/nfqueue'
import { UserError } from '../terminal/failure.ts'
import type { CaptureInput } from './input.ts'
import { onlyNetlink } from './only-netlink.ts'

/** 65,535 minus the header of the attribute (NFQNL_MAX_COPY_RANGE). */
const largestCopyRange = 65_531

/** How the first queue of a recording was opened, so that it can be opened in the same way. */
export async function recordedQueue(input: CaptureInput): Promise<QueueOptions> {
  let number: number | undefined
  let config: QueueConfig = {}
  for await (const { bytes, direction, protocol } of netlinkDatagrams(onlyNetlink(input.ahead()))) {
    if (protocol !== netlinkNetfilter) continue
    for (const message of messages(bytes)) {
      if (message.type === nfqueueMessage.packet.type && number !== undefined) return optionsOf(number, config)
      if (direction !== 'toKernel' || message.type !== nfqueueMessage.config.type) continue
      const said = configIn(message)
      if (said.cmd?.command === queueCommand.bind) number ??= netfilterOf(message).resourceId
      // The first setting counts: one that the kernel refuses is tried again with less.
      if (netfilterOf(message).resourceId === number) config = { ...said, ...config }
    }
  }
  if (number === undefined)
    throw new UserError(`${input.name} is a netlink capture in which no queue is opened: decode prints what it says`)
  return optionsOf(number, config)
}

function configIn(message: Message): QueueConfig {
  try {
    return decode(queueConfig, message.bytes, message.start + netfilterHeaderSize, message.end)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return {}
  }
}

function optionsOf(number: number, { params, queueMaxlen, flags = 0 }: QueueConfig): QueueOptions {
  const mode = (Object.keys(copyMode) as (keyof typeof copyMode)[]).find((name) => copyMode[name] === params?.copyMode)
  return {
    number,
    conntrack: flags & queueFlags.conntrack ? 'prefer' : 'off',
    copyMode: mode,
    // The kernel cuts a larger one to this.
    copyRange: params?.copyRange ? Math.min(params.copyRange, largestCopyRange) : undefined,
    maxLength: queueMaxlen,
    failOpen: Boolean(flags & queueFlags.failOpen),
    gso: Boolean(flags & queueFlags.gso),
    uidGid: Boolean(flags & queueFlags.uidGid),
    secctx: Boolean(flags & queueFlags.secctx),
  }
}
