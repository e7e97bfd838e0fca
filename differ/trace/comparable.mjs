import { parseIp } from '@nfkit/ip-codec'
import { destinationPorts, sourcePorts } from '../program/ends.mjs'

const dontFragment = 0x40

const errorHeader = 8

/**
 * A packet without what two kernels do not have in common: what routers change (time to live, and with it the checksum of the header), the
 * identification of a packet that is not to be fragmented, which each sender chooses, and a port that was found for lack of a free one.
 */
export function comparable(packet) {
  const bytes = packet.slice()
  if (bytes.length >= 20 && bytes[0] >> 4 === 4) {
    bytes.set([0, bytes[9], 0, 0], 8)
    if (bytes[6] & dontFragment || isOwnError(packet)) bytes.set([0, 0], 4)
    if (isOwnError(packet)) setQuoted(bytes)
  } else if (bytes.length >= 8 && bytes[0] >> 4 === 6) bytes[7] = 0
  const ip = parseIp(packet)
  return ip ? withoutFoundPorts(bytes, ip) : bytes
}

/** As much as there is of it. */
function setQuoted(error) {
  const start = 4 * (error[0] & 15) + errorHeader
  if (start >= error.length) return
  const whole = new Uint8Array(Math.max(error.length - start, 20))
  whole.set(error.subarray(start))
  error.set(comparable(whole).subarray(0, error.length - start), start)
}

/** An ICMP error of the kernel's own: its time to live says so, which no program's packet has. */
const isOwnError = (packet) => packet[9] === 1 && packet[8] === 64

/** Ports that packets begin with, rules give, or nothing at all. */
const known = [0, 2000, ...sourcePorts, ...destinationPorts]

/** Whether a kernel has found a port by itself, which is another one each time. */
export const isFound = (port) => !known.includes(port)

const checksumAt = { 6: 16, 17: 6, 132: 8 }

/** The same of what an IPv6 packet carries, without its headers. */
export const carried = (transport, protocol) =>
  withoutFoundPorts(transport.slice(), { protocol, payloadStart: 0, isLaterFragment: false })

function withoutFoundPorts(bytes, { protocol, payloadStart, isLaterFragment }) {
  const checksum = payloadStart + checksumAt[protocol]
  if (isLaterFragment || Number.isNaN(checksum)) return bytes
  const isThere = (at) => at + 2 <= bytes.length
  const ports = [payloadStart, payloadStart + 2].filter(
    (at) => isThere(at) && isFound((bytes[at] << 8) | bytes[at + 1]),
  )
  for (const at of ports) bytes.set([0, 0], at)
  if (ports.length > 0 && isThere(checksum)) bytes.set([0, 0], checksum)
  return bytes
}
