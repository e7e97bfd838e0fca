import { encodeMessage, messageFlags, messageType, queueConfig } from '@nfkit/netlink-codec'

/** A request that changes nothing and always succeeds: PF_BIND has done nothing since Linux 3.8. */
export function request(sequence = 0, flags: number = messageFlags.request | messageFlags.ack): Uint8Array {
  return encodeMessage({ type: messageType.queueConfig.type, flags, sequence }, queueConfig, {
    cmd: { command: 3, pf: 2 },
  })
}

/** `count` of them in one datagram, numbered from 1. */
export function requests(count: number): Uint8Array {
  const size = request().length
  const datagram = new Uint8Array(count * size)
  for (let i = 0; i < count; i++) datagram.set(request(i + 1), i * size)
  return datagram
}
