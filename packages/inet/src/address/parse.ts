/** The bytes of `10.0.0.1`; `undefined` when the text is no IPv4 address. */
export function parseIpv4(text: string): number[] | undefined {
  const parts = text.split('.')
  const decimal = parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  return parts.length === 4 && decimal ? parts.map(Number) : undefined
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
    if (ipv4) out.push(...ipv4)
    else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16)
      out.push(value >> 8, value & 0xff)
    } else return undefined
  }
  return out
}
