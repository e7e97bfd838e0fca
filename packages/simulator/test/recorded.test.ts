import { readFileSync } from 'node:fs'
import { formatHex } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'
import { control, decode, decodeAck, type Message, messages, u16, u32 } from '@nfkit/netlink-codec'
import { conntrackMessage, expectMessage, helperMessage, timeoutMessage } from '@nfkit/netlink-codec/conntrack'
import { netfilter, netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { expect, test } from 'vitest'
import { type NetlinkSocket, SimulatedKernel } from '../src/index.ts'
import { drain, typeAt } from './talk.ts'

const protocol = netfilter(nfqueueMessage, conntrackMessage, expectMessage, timeoutMessage, helperMessage)

const cookedHeader = 16

/** The datagrams of a classic pcap file of LINKTYPE_NETLINK, and when they passed, in seconds. */
function recorded(name: string): { time: number; bytes: Uint8Array }[] {
  const file = new Uint8Array(readFileSync(new URL(`vectors/${name}`, import.meta.url)))
  const list: { time: number; bytes: Uint8Array }[] = []
  for (let p = 24; p < file.length; p += 16 + u32(file, p + 8)) {
    const record = file.subarray(p + 16, p + 16 + u32(file, p + 8))
    if (be16(record, 14) === protocol.number) list.push({ time: u32(file, p), bytes: record.slice(cookedHeader) })
  }
  return list
}

const isRequest = (bytes: Uint8Array) => (u16(bytes, 6) & 1) === 1 && typeAt(bytes) >= 0x10

/** What differs from run to run: identifiers, times, and seconds that passed. */
const volatile = new Set(['id', 'start', 'stop'])

function told(message: Message): string {
  const { type, flags, bytes, start, end } = message
  if (type === control.error) return `error ${decodeAck(message).errno} ${flags} ${end - start}`
  const { portId } = message
  const { family } = netfilterOf(message)
  const { name, table } = protocol.typeOf(type)!
  const value = decode(table, bytes, start + 20, end)
  const shown = JSON.stringify(value, (key, item) => {
    if (volatile.has(key)) return undefined
    if (key === 'timeout') return Math.ceil(item / 10)
    if (item instanceof Uint8Array) return formatHex(item)
    return typeof item === 'bigint' ? `${item}` : item
  })
  return `${name} ${flags} ${family} ${portId === 0 ? 'nobody' : 'somebody'} ${shown}`
}

const all = (datagrams: readonly Uint8Array[]) =>
  datagrams.flatMap((bytes) => [...messages(bytes)].filter(({ type }) => type !== control.done).map(told)).sort()

// Recorded by us on Debian 12, Linux 6.1.192, with nlmon: `conntrack -E` listened while `conntrack -I`, `-G`, `-U`, `-D` and `-L`
// made, changed and removed connections of every protocol, with marks, zones, NAT and helpers, and asked for what is refused.
test('what the conntrack tool asked a Debian kernel is answered the same', () => {
  const conversation = recorded('ct-crud.pcap')
  const kernel = new SimulatedKernel({ profile: 'debian-6.1' })
  Object.assign(kernel.conntrack.settings, { acct: true, timestamp: true, labels: true })
  const listener = kernel.socket()
  listener.bind(0, 0b111)
  const sockets = new Map<number, NetlinkSocket>()
  let last = conversation[0]!.time
  let requests = 0
  for (let i = 0; i < conversation.length; ) {
    const { time, bytes: request } = conversation[i]!
    kernel.advance(time - last)
    last = time
    let next = i + 1
    while (next < conversation.length && !isRequest(conversation[next]!.bytes)) next++
    const answers = conversation.slice(i + 1, next).map(({ bytes }) => bytes)
    const own = answers.find((bytes) => u32(bytes, 8) === u32(request, 8))
    const portId = own ? u32(own, 12) : 1
    const socket = sockets.get(portId) ?? kernel.socket()
    if (!sockets.has(portId)) socket.bind(portId)
    sockets.set(portId, socket)
    socket.send(request)
    const simulated = [...drain(socket), ...drain(listener)] as Uint8Array[]
    expect(all(simulated), `request ${i}: ${formatHex(request)}`).toEqual(all(answers))
    requests++
    i = next
  }
  expect(requests).toBe(38)
})
