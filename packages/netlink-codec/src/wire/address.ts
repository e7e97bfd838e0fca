/** Addresses: bytes in network order to text and back. */

/** `10.0.0.1` for 4 bytes, RFC 5952 text for 16; hexadecimal for any other number of bytes. */
export function formatAddress(b: Uint8Array): string {
  if (b.length === 4) return `${b[0]}.${b[1]}.${b[2]}.${b[3]}`
  if (b.length === 16) return formatIpv6(b)
  return formatHex(b)
}

function formatIpv6(b: Uint8Array): string {
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push((b[i]! << 8) | b[i + 1]!)
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
  if (mapped) return `::ffff:${b[12]}.${b[13]}.${b[14]}.${b[15]}`
  let longest = { at: -1, length: 1 } // a single zero group is not shortened
  for (let at = 0; at < 8; at++) {
    let length = 0
    while (groups[at + length] === 0) length++
    if (length > longest.length) longest = { at, length }
  }
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':')
  return longest.at < 0 ? text(0, 8) : `${text(0, longest.at)}::${text(longest.at + longest.length, 8)}`
}

/** 4 or 16 bytes for an IPv4 or IPv6 address in text; `undefined` when it is neither. */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined
  return Uint8Array.from(parts, Number)
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map(parseGroups)
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined
  const gap = 16 - head.length - (tail?.length ?? 0)
  if (tail === undefined ? gap !== 0 : gap < 2) return undefined
  return Uint8Array.from([...head, ...new Array<number>(gap).fill(0), ...(tail ?? [])])
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const out: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    const ipv4 = i === groups.length - 1 && group.includes('.') ? parseIpv4(group) : undefined
    if (ipv4 !== undefined) out.push(...ipv4)
    else if (/^[0-9a-f]{1,4}$/i.test(group))
      out.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff)
    else return undefined
  }
  return out
}

/** `02:00:5e:10:00:01`. */
export function formatHardwareAddress(b: Uint8Array): string {
  return Array.from(b, (byte) => byte.toString(16).padStart(2, '0')).join(':')
}

/** Bytes as lower-case hexadecimal without separators: the form bytes have in JSON, too. */
export function formatHex(b: Uint8Array): string {
  return Array.from(b, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The inverse, white space allowed between bytes; `undefined` when it is not that. */
export function parseHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s+/g, '')
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) return undefined
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}
