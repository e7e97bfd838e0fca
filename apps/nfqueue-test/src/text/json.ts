/** A value as one line of JSON that a terminal can show, too. */
export const jsonLine = (value: unknown): string => showable(`${JSON.stringify(value)}\n`)

/** JSON in which a terminal meets no control characters: what JSON lets through of them is escaped. */
export const showable = (json: string): string =>
  json.replace(/[\x7f-\x9f]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)
