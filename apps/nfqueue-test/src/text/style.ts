import { styleText } from 'node:util'
import { padded } from './width.ts'

/** Colours on a terminal that has them, none in a pipe or when NO_COLOR is set. */
const coloured = process.stdout.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'

const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
  coloured && text !== '' ? styleText(format, text) : text

/** Text as wide as a column on a terminal, and as it is where a program reads it. */
export const column = (text: string, width: number): string => (process.stdout.isTTY ? padded(text, width) : text)

export const strong = paint('bold')
export const faint = paint('dim')
export const good = paint('green')
export const bad = paint('red')
export const notable = paint('cyan')
