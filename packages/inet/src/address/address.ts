import { putBe32 } from '../bytes.ts'
import { formatHex, hexWith } from '../hex.ts'
import { parseIpv4, parseIpv6 } from './parse.ts'

/**
 * `10.0.0.1` for 4 bytes, RFC 5952 text for 16; hexadecimal for any other number of bytes, which a damaged message may have.
 *
 * @example
 * import { formatAddress } from '@nfkit/inet'
 *
 * console.log(formatAddress(Uint8Array.of(192, 0, 2, 1))) // 192.0.2.1
 */
export function formatAddress(b: Uint8Array): string {
  if (b.length === 4) return `${b[0]}.${b[1]}.${b[2]}.${b[3]}`
  if (b.length === 16) return formatIpv6(b)
  return formatHex(b)
}

/**
 * The 4 or 16 bytes, in network order, of an IPv4 or IPv6 address in text; `undefined` when the text is neither. Zones (`%eth0`) and
 * short forms of IPv4 (`10.1`) are no addresses.
 *
 * @example
 * import { parseAddress } from '@nfkit/inet'
 *
 * console.log(parseAddress('2001:db8::1')?.length) // 16
 * console.log(parseAddress('10.0.0')) // undefined
 */
export function parseAddress(text: string): Uint8Array | undefined {
  if (text.includes(':')) {
    const bytes = parseIpv6(text)
    return bytes && new Uint8Array(bytes)
  }
  const address = parseIpv4(text)
  if (address === undefined) return undefined
  const bytes = new Uint8Array(4)
  putBe32(bytes, 0, address)
  return bytes
}

/** `02:00:5e:10:00:01`, whatever the number of bytes. */
export function formatHardwareAddress(b: Uint8Array): string {
  return hexWith(':', b)
}

/** Whether two addresses are of one family and the same. */
export function sameAddress(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function formatIpv6(b: Uint8Array): string {
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push((b[i]! << 8) | b[i + 1]!)
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
  if (mapped) return `::ffff:${b[12]}.${b[13]}.${b[14]}.${b[15]}`
  let [at, length] = [-1, 1] // a single zero group is not shortened
  for (let from = 0; from < 8; from++) {
    let run = 0
    while (groups[from + run] === 0) run++
    if (run > length) [at, length] = [from, run]
  }
  const text = (from: number, to?: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':')
  return at < 0 ? text(0) : `${text(0, at)}::${text(at + length)}`
}
