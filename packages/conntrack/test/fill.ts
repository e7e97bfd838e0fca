import { align, messageFlags } from '@nfkit/netlink-codec'
import { type Conntrack, conntrack, conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import type { Transport } from '@nfkit/netlink-transport'
import { encodeNewFlow } from '../src/entry/create.ts'

/** Entries for one datagram: it stays below the smallest send buffer. */
const perDatagram = 400

/** Makes `count` connections, half of them TCP over IPv4, half UDP over IPv6; returns when the kernel has them. */
export function fill(transport: Transport, count: number): void {
  transport.resize({ send: 1 << 20 })
  for (let made = 0; made < count; made += perDatagram) {
    const requests: Uint8Array[] = []
    for (let i = made; i < Math.min(count, made + perDatagram); i++) requests.push(request(i))
    const datagram = new Uint8Array(requests.reduce((length, one) => length + align(one.length), 0))
    let at = 0
    for (const one of requests) {
      datagram.set(one, at)
      at += align(one.length)
    }
    transport.send(datagram)
  }
}

function request(i: number): Uint8Array {
  const port = 1024 + (i % 60_000)
  const host = (i / 60_000) | 0
  const { family, attrs } = encodeNewFlow(
    i % 2 === 0
      ? {
          original: {
            protocol: 'tcp',
            source: { address: `10.0.${host}.1`, port },
            destination: { address: '10.9.9.9', port: 443 },
          },
          timeoutSeconds: 86_400,
          mark: i,
          status: ['seenReply', 'assured'],
          tcp: { state: 'established' },
        }
      : {
          original: {
            protocol: 'udp',
            source: { address: `fd00::${host}:1`, port },
            destination: { address: 'fd00::9', port: 53 },
          },
          timeoutSeconds: 86_400,
          mark: i,
          status: ['seenReply', 'assured'],
        },
  )
  const flags = messageFlags.request | messageFlags.create | messageFlags.exclusive
  return encodeMessage({ type: conntrackMessage.new.type, flags, family }, conntrack, attrs satisfies Conntrack)
}
