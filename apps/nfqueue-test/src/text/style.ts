import { styleText } from 'node:util'

/** Colours on a terminal, none in a pipe or when NO_COLOR is set. */
const coloured = process.stdout.isTTY === true && !process.env['NO_COLOR']

const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
  coloured && text !== '' ? styleText(format, text) : text

/** Text as wide as a column on a terminal, and as it is where a program reads it. */
export const column = (text: string, width: number): string => (process.stdout.isTTY ? text.padEnd(width) : text)

export const strong = paint('bold')
export const faint = paint('dim')
export const good = paint('green')
export const bad = paint('red')
export const notable = paint('cyan')
