/** Bytes as text, each byte a character of the same number: nothing is lost. */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = ''
  for (let p = start; p < end; p++) text += characters[bytes[p]!]
  return text
}

const characters: readonly string[] = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))

const longestName = 255

/**
 * A host name as names are compared: in lower case, without the dot at its end. `undefined` when it is longer than 255 characters, empty, or
 * has a character other than letters, digits, `-`, `.` and `_`: programs differ in what they make of such a name.
 */
export function comparedName(text: string): string | undefined {
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  return name.length > 0 && text.length <= longestName && /^[\w.-]+$/.test(name) ? name.toLowerCase() : undefined
}
