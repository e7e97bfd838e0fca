let segmenter: Intl.Segmenter | undefined

/** What knows of scripts takes a while to load, and most text is plain. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return segmenter.segment(text)
}

/** Characters of which each takes one column: no others are met but in names. */
const plain = /^[ -~]*$/

/** East Asian wide and fullwidth characters, and emoji: two columns (Unicode, annex 11). */
const wide =
  /^(?![\uff61-\uffdc])[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u

/** Marks and invisible characters that stand alone: none. */
const empty = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

const columnsOf = (grapheme: string): number => (empty.test(grapheme) ? 0 : wide.test(grapheme) ? 2 : 1)

/** Columns a text takes on a terminal. */
export function widthOf(text: string): number {
  if (plain.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes(text)) width += columnsOf(segment)
  return width
}

/** A text with blanks behind it, as many as the width asks for. */
export const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** A text that takes no more columns than these: what is cut off is marked by `…`. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let left = width - 1
  for (const { segment } of graphemes(text)) {
    left -= columnsOf(segment)
    if (left < 0) break
    kept += segment
  }
  return width < 1 ? '' : `${kept}…`
}

/** Parts of a sentence on as few lines as they fit, none of them torn; one that is too long for a line is cut. */
export function wrapped(parts: readonly string[], width: number, between = '; '): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const line = lines.at(-1)
    const longer = `${line}${between}${part}`
    if (line !== undefined && widthOf(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(part)
  }
  return lines.map((line) => cut(line, width))
}
