const [zero, dot] = [48, 46]

/**
 * The 32 bits of an IPv4 address in text; `undefined` when the text is none. There is one way to write each address, and nothing but a number is
 * made: for the longest of lists.
 *
 * @example
 * import { parseIpv4 } from '@nfkit/inet'
 *
 * console.log(parseIpv4('10.0.0.1')?.toString(16)) // a000001
 */
export function parseIpv4(text: string): number | undefined {
  let [address, bytes, byte] = [0, 0, -1]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const digit = code - zero
    if (code === dot && byte >= 0 && bytes < 3) {
      address = 256 * address + byte
      bytes++
      byte = -1
    } else if (digit >= 0 && digit <= 9 && byte !== 0) {
      byte = byte < 0 ? digit : 10 * byte + digit
      if (byte > 255) return undefined
    } else return undefined
  }
  return bytes === 3 && byte >= 0 ? 256 * address + byte : undefined
}

/** The bytes of an IPv6 address; `undefined` when the text is none. */
export function parseIpv6(text: string): number[] | undefined {
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
    if (ipv4 !== undefined) out.push(ipv4 >>> 24, (ipv4 >>> 16) & 0xff, (ipv4 >>> 8) & 0xff, ipv4 & 0xff)
    else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16)
      out.push(value >> 8, value & 0xff)
    } else return undefined
  }
  return out
}
