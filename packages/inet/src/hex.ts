const pairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Bytes as lower-case hexadecimal without separators: the form bytes have in JSON, too. */
export function formatHex(b: Uint8Array): string {
  let text = ''
  for (let i = 0; i < b.length; i++) text += pairs[b[i]!]
  return text
}

/** The inverse, white space allowed between bytes; `undefined` when it is not that. */
export function parseHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s+/g, '')
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) return undefined
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}
