/**
 * Text of others as a terminal may get it: on one line, and without what a terminal would obey. Control characters (C0, DEL and C1,
 * line feeds included) become `\x1b`. For names of interfaces, processes and helpers, comments of rules, file names, error texts.
 */
export function printable(text: string): string {
  return text.replace(controls, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const controls = /[\x00-\x1f\x7f-\x9f]/g
