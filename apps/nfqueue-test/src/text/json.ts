/** A value as one line of JSON that a terminal can show, too: what JSON lets through of control characters is escaped. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(/[\x7f-\x9f]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)}\n`
}
