import { formatHex } from '@nfkit/inet'
import { ctInfo as ctInfos } from '../conntrack/constants.ts'
import type { FlowJson } from '../flow/json.ts'
import { family as families } from '../nfnetlink/constants.ts'
import { isoTime } from '../print/iso-time.ts'
import type { PacketView } from './view.ts'

/** The properties that go into JSON as they are. */
const plain = [
  'hook',
  'hwProtocol',
  'indev',
  'indevName',
  'outdev',
  'outdevName',
  'physIndev',
  'physIndevName',
  'physOutdev',
  'physOutdevName',
  'mark',
  'hwaddr',
  'uid',
  'gid',
  'vlan',
] as const satisfies readonly (keyof PacketView<unknown>)[]

/** A packet view in JSON: names where there are names, else numbers; what is absent is left out. `Ip` is the JSON of the headers. */
export interface ViewJson<Ip> extends Pick<PacketView<unknown>, (typeof plain)[number]> {
  /** When the kernel received it or, where it does not say, when it was read here: ISO 8601. */
  readonly time: string
  /** `ipv4`, `ipv6`, `bridge`, `arp`, or the number. */
  readonly family: string | number
  /** How it relates to its connection: a name of `ctInfo`, or the number. */
  readonly ctInfo?: string | number | undefined
  /** The packet's connection, where it is known. */
  readonly flow?: FlowJson | undefined
  /** The payload's headers, where it is IPv4 or IPv6. */
  readonly ip?: Ip | undefined
  /** Nanoseconds since 1970 as decimal text, where the kernel says when it received the packet. */
  readonly timestampNs?: string | undefined
  /** Link-layer header, hexadecimal; bridge family only. */
  readonly l2hdr?: string | undefined
  /** From the network header on, cut to the copy range; hexadecimal. */
  readonly payload?: string | undefined
}

/**
 * What a view tells, in JSON, and `more`, which stands in front. `readAt` is when the packet was read, milliseconds since 1970: its time,
 * where the kernel says none.
 */
export function viewJson<Ip, More extends object>(
  packet: PacketView<{ toJSON(): Ip }>,
  readAt: number,
  more: More,
): ViewJson<Ip> & More {
  const { timestampNs, ip, flow, l2hdr, payload, family, ctInfo } = packet
  const out = {
    ...more,
    ...Object.fromEntries(plain.map((key) => [key, packet[key]])),
    time: timestampNs === undefined ? new Date(readAt).toISOString() : isoTime(timestampNs),
    family: nameIn(families, family),
    ctInfo: ctInfo === undefined ? undefined : nameIn(ctInfos, ctInfo),
    flow: flow?.toJSON(),
    ip: ip?.toJSON(),
    timestampNs: timestampNs?.toString(),
    l2hdr: l2hdr && formatHex(l2hdr),
    payload: payload && formatHex(payload),
  }
  return Object.fromEntries(Object.entries(out).filter(([, value]) => value !== undefined)) as never
}

const nameIn = (names: { readonly [name: string]: number }, number: number): string | number =>
  Object.keys(names).find((name) => names[name] === number) ?? number
