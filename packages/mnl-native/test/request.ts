import { messageFlags } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage, queueConfig } from '@nfkit/netlink-codec/nfqueue'

/** A request that changes nothing and always succeeds: PF_BIND has done nothing since Linux 3.8. */
export function request(sequence = 0, flags: number = messageFlags.request | messageFlags.ack): Uint8Array {
  return encodeMessage({ type: nfqueueMessage.config.type, flags, sequence }, queueConfig, {
    cmd: { command: 3, pf: 2 },
  })
}

/** A request the kernel refuses, and repeats in its refusal. */
export function refused(sequence: number, length: number): Uint8Array {
  const message = new Uint8Array(length)
  message.set(request(sequence))
  new Uint32Array(message.buffer)[0] = length
  new Uint16Array(message.buffer)[2] = 0x7f00
  return message
}

/** `count` of those that succeed in one datagram, numbered from 1. */
export function requests(count: number): Uint8Array {
  const size = request().length
  const datagram = new Uint8Array(count * size)
  for (let i = 0; i < count; i++) datagram.set(request(i + 1), i * size)
  return datagram
}
