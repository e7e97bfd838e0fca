/** Addresses: bytes in network order to text and back. */

/** `10.0.0.1` for 4 bytes, RFC 5952 text for 16. */
export function formatAddress(b: Uint8Array): string {
  return b.length === 4 ? b.join('.') : formatIpv6(b)
}

function formatIpv6(b: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (b[2 * i]! << 8) | b[2 * i + 1]!)
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
  if (mapped) return `::ffff:${b.subarray(12).join('.')}`
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

/** 4 or 16 bytes for an IPv4 or IPv6 address in text; `undefined` when it is neither. */
export function parseAddress(text: string): Uint8Array | undefined {
  const bytes = text.includes(':') ? parseIpv6(text) : parseIpv4(text)
  return bytes && Uint8Array.from(bytes)
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.')
  const decimal = parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  return parts.length === 4 && decimal ? parts.map(Number) : undefined
}

function parseIpv6(text: string): number[] | undefined {
  const [head, tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const before = parseGroups(head!, tail === undefined)
  const after = tail === undefined ? [] : parseGroups(tail, true)
  if (before === undefined || after === undefined) return undefined
  const gap = 16 - before.length - after.length
  if (tail === undefined ? gap !== 0 : gap < 2) return undefined
  return [...before, ...new Array<number>(gap).fill(0), ...after]
}

/** The bytes of groups between colons. An IPv4 address may stand for the last two groups of all. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const out: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    const ipv4 = last && i === groups.length - 1 && group.includes('.') ? parseIpv4(group) : undefined
    if (ipv4) out.push(...ipv4)
    else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16)
      out.push(value >> 8, value & 0xff)
    } else return undefined
  }
  return out
}
