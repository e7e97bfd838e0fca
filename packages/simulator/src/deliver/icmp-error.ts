import { ipProtocol, isIcmp } from '@nfkit/inet'
import { type IpPacket, parseIp } from '@nfkit/ip-codec'
import type { Endpoints, IpFields } from '@nfkit/ip-codec/build'
import { hook } from '@nfkit/netlink-codec/nfnetlink'
import type { Journey } from '../hooks/journey.ts'

/** The precedence "internetwork control", and the bits of the packet's type of service that an error keeps (icmp_send, net/ipv4/icmp.c). */
const control = { dscp: 0x30, keptDscp: 0x07, keptEcn: 0x02 }

/** Builds an error about a packet, between these ends. */
type Build = (ends: Endpoints, packet: Uint8Array, fields: IpFields) => Uint8Array

/** An error of this machine about a packet, to its sender (icmp_send, icmp6_send); `undefined` for what is not answered: errors, and what is not from one host to one. */
export function icmpError(journey: Journey, build: Build): Uint8Array | undefined {
  const { bytes } = journey.packet
  const ip = parseIp(bytes)
  if (ip === undefined || ip.isLaterFragment || !isBetweenHosts(ip) || isError(ip, bytes)) return undefined
  return build({ source: ownAddress(journey, ip), destination: ip.source }, bytes, fieldsOf(ip))
}

function fieldsOf({ version, dscp, ecn }: IpPacket): IpFields {
  if (version === 6) return {}
  return { dontFragment: false, dscp: control.dscp | (dscp & control.keptDscp), ecn: ecn & control.keptEcn }
}

/** From one host to one host. */
export function isBetweenHosts({ version, sourceBytes, destinationBytes }: IpPacket): boolean {
  const isOne = (address: Uint8Array) => (version === 4 ? address[0]! < 224 : address[0] !== 0xff)
  return isOne(sourceBytes) && isOne(destinationBytes) && sourceBytes.some((byte) => byte !== 0)
}

/** Messages of ICMP that are no errors (icmp_pointers); of ICMPv6 these are those from 128 on. */
const noErrors: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18])

/** An error is not answered by an error, nor is what lacks the byte that would say it is none (icmp_send, is_ineligible). */
function isError({ protocol, payloadStart }: IpPacket, bytes: Uint8Array): boolean {
  if (!isIcmp(protocol)) return false
  const type = bytes[payloadStart]
  return type === undefined || (protocol === ipProtocol.icmp ? !noErrors.has(type) : type < 128)
}

/** The address errors come from: the packet's own destination, or of one that is for others the address this machine has for its sender. */
function ownAddress({ route, packet }: Journey, { version, source, destination }: IpPacket): string {
  const [start] = route.points
  if (start === hook.output) return route.points.includes(hook.input) ? destination : source
  const addresses = route.points.includes(hook.forward) ? packet.origin.indev?.addresses : undefined
  return addresses?.find((address) => address.includes(':') === (version === 6)) ?? destination
}
