const pairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Bytes as lower-case hexadecimal without separators: the form bytes have in JSON, too. */
export function formatHex(b: Uint8Array): string {
  return hexWith('', b)
}

/** The same with something between bytes. */
export function hexWith(between: string, b: Uint8Array): string {
  let text = ''
  for (let i = 0; i < b.length; i++) text += i === 0 ? pairs[b[i]!] : between + pairs[b[i]!]
  return text
}

/** The inverse, white space allowed between bytes; `undefined` when it is not that. */
export function parseHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s+/g, '')
  if (digits.length % 2 !== 0) return undefined
  const bytes = new Uint8Array(digits.length / 2)
  for (let i = 0; i < bytes.length; i++) {
    const byte = (digitAt(digits, 2 * i) << 4) | digitAt(digits, 2 * i + 1)
    if (byte < 0) return undefined
    bytes[i] = byte
  }
  return bytes
}

/** What a digit says; less than 0 where there is none. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  // Letters of both kinds, which one bit tells apart.
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
