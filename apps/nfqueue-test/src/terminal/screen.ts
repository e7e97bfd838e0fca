import { stdout } from './stdout.ts'

/** Draw lines on a terminal over what was there, as many as fit. A reader who is slow is left alone. */
export function drawScreen(lines: readonly string[]): void {
  if (stdout.isFull) return
  const { rows, columns } = stdout
  // Home, each line cut to the screen and cleared behind, and everything below cleared.
  stdout.write(
    `\x1b[H${lines
      .slice(0, rows - 1)
      .map((line) => `${cut(line, columns)}\x1b[0m\x1b[K`)
      .join('\n')}\x1b[J`,
  )
}

/** The first so many characters that are seen; colours take no room. */
function cut(line: string, width: number): string {
  let seen = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
  return line.replace(/\x1b\[[0-9;]*m|./g, (part) => (part.length > 1 || seen++ < width ? part : ''))
}
