import { type IpPacket, parseIp } from '@nfkit/ip-codec'
import type { StreamPacket } from '../packet.ts'
import type { Fragment } from './fragment.ts'

/** A fragment, the packet it came in, and who waits for what becomes of that. */
export interface Arrived {
  readonly packet: StreamPacket
  /** It has its verdict, or is left without one. */
  settled(): void
}

/** A fragment, and what came with it. */
interface Part {
  readonly fragment: Fragment
  readonly carried: Arrived
}

/** One packet made of fragments: its verdict is that of all of them. */
export class Joined implements StreamPacket {
  readonly ip: IpPacket
  /** No fragment has room for more. */
  readonly fixedLength = true
  readonly #parts: readonly Part[]

  constructor(ip: IpPacket, parts: readonly Part[]) {
    this.ip = ip
    this.#parts = parts
  }

  /** Let all go on, changed where the whole was. */
  accept(changes?: { readonly payload: Uint8Array }): void {
    const whole = changes && parseIp(changes.payload)
    for (const { fragment, carried } of this.#parts) {
      carried.packet.accept(whole && { payload: changed(fragment, whole) })
    }
  }

  drop(): void {
    for (const { carried } of this.#parts) carried.packet.drop()
  }

  /** All have their verdict, or are left without one. */
  settled(): void {
    for (const { carried } of this.#parts) carried.settled()
  }
}

/** A fragment with the bytes the whole has in its place. */
function changed({ ip, headers, offset, data }: Fragment, whole: IpPacket): Uint8Array {
  const out = ip.bytes.slice(ip.start, ip.end)
  const from = headers.length + offset
  out.set(whole.bytes.subarray(from, from + data.length), out.length - data.length)
  return out
}
