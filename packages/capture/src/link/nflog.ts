import { be16, be32, be64 } from '@nfkit/inet/bytes'
import { type ByteOrder, big, little } from '../format/byte-order.ts'
import { type Frame, frame } from './frame.ts'
import { cutHeader, NotAPacket } from './not-a-packet.ts'

/** `NFULA_*` (include/uapi/linux/netfilter/nfnetlink_log.h). */
const nfula = { packetHdr: 1, mark: 2, timestamp: 3, indev: 4, outdev: 5, hwaddr: 8, payload: 9 } as const

const fixedHeader = 4

/** Read a record of LINKTYPE_NFLOG: a family, a log group, then attributes like netlink's. */
export function nflogFrame(bytes: Uint8Array): Frame | NotAPacket {
  if (bytes.length < fixedHeader) return cutHeader
  if (bytes[1] !== 0) return new NotAPacket(`an NFLOG record of version ${bytes[1]}, and only 0 is known`)
  const values = attributes(bytes, little) ?? attributes(bytes, big)
  const payload = values?.get(nfula.payload)
  if (values === undefined || payload === undefined) return new NotAPacket('an NFLOG record without a packet')
  const whole = (id: number, size: number) => {
    const value = values.get(id)
    return value !== undefined && value.length >= size ? value : undefined
  }
  const number = (id: number) => {
    const value = whole(id, 4)
    return value && be32(value, 0)
  }
  const time = whole(nfula.timestamp, 16)
  const address = whole(nfula.hwaddr, 12)
  const hwaddr = address?.subarray(4, 4 + Math.min(8, be16(address, 0)))
  return frame(payload, 0, hwaddr, undefined, undefined, {
    hook: whole(nfula.packetHdr, 3)?.[2],
    indev: number(nfula.indev),
    outdev: number(nfula.outdev),
    mark: number(nfula.mark),
    timestampNs: time && be64(time, 0) * 1_000_000_000n + be64(time, 8) * 1000n,
  })
}

/** The attributes by type; `undefined` when lengths make no sense in this byte order, which is the capturing host's. */
function attributes(bytes: Uint8Array, order: ByteOrder): Map<number, Uint8Array> | undefined {
  const values = new Map<number, Uint8Array>()
  for (let p = fixedHeader; p + 4 <= bytes.length; ) {
    const length = order.u16(bytes, p)
    const type = order.u16(bytes, p + 2) & 0x3fff
    if (length < 4 || (p + length > bytes.length && type !== nfula.payload)) return undefined
    // A payload the capture has cut is still one.
    values.set(type, bytes.subarray(p + 4, Math.min(p + length, bytes.length)))
    p += (length + 3) & ~3
  }
  return values
}
