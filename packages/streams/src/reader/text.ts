/** Characters that one call makes: more may not fit onto the stack. */
const atOnce = 1_024

/** Bytes as text, each byte a character of the same number: nothing is lost. */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = ''
  for (let from = start; from < end; from += atOnce) {
    const codes = new Array<number>(Math.min(atOnce, end - from))
    for (let i = 0; i < codes.length; i++) codes[i] = bytes[from + i]!
    text += String.fromCharCode(...codes)
  }
  return text
}

const longestName = 255

/**
 * A host name as names are compared: in lower case, without the dot at its end. `undefined` when it is longer than 255 characters, empty, or
 * has a character other than letters, digits, `-`, `.` and `_`: programs differ in what they make of such a name.
 */
export function comparedName(text: string): string | undefined {
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  return name.length > 0 && text.length <= longestName && /^[\w.-]+$/.test(name) ? name.toLowerCase() : undefined
}
